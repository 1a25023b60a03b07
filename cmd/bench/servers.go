package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// A serverPair is the two servers that are compared.
type serverPair struct{ roster, naive *target }

// running says whether both servers run. A pair that is not started does not.
func (p *serverPair) running() bool {
	if p == nil {
		return false
	}
	for _, t := range []*target{p.roster, p.naive} {
		select {
		case <-t.ended:
			return false
		default:
		}
	}
	return true
}

// stop stops both servers, if there are any.
func (p *serverPair) stop() {
	if p == nil {
		return
	}
	p.roster.stop()
	p.naive.stop()
}

// onPostgres returns both servers on PostgreSQL, each with a preloaded database of its own. It starts them at the first call, and
// again if one has ended.
func (b *bench) onPostgres() (*serverPair, error) {
	if _, err := b.postgres(); err != nil || b.postgresPair.running() {
		return b.postgresPair, err
	}
	b.postgresPair.stop()
	p, err := b.pairOnPostgres("main", func() (*target, error) { return b.newNaive("main") })
	b.postgresPair = p
	return p, err
}

// pairOnPostgres starts roster and another server, each with a preloaded database of its own.
func (b *bench) pairOnPostgres(name string, newOther func() (*target, error)) (*serverPair, error) {
	p, err := b.startPair(func() (*target, error) { return b.newRoster(name) }, newOther)
	if err != nil {
		return nil, err
	}
	for _, t := range []*target{p.roster, p.naive} {
		if err = t.preload(b.ctx, "spread-", spreadCourses, 10, 1); err == nil {
			err = b.warmUp(t)
		}
		if err != nil {
			p.stop()
			return nil, err
		}
	}
	return p, nil
}

// startPair starts two servers, or none.
func (b *bench) startPair(newRoster, newOther func() (*target, error)) (*serverPair, error) {
	roster, err := newRoster()
	if err != nil {
		return nil, err
	}
	other, err := newOther()
	if err != nil {
		roster.stop()
		return nil, err
	}
	return &serverPair{roster, other}, nil
}

// warmUp runs the workloads once without measuring: the first requests are slow.
func (b *bench) warmUp(t *target) error {
	for _, newWorkload := range []workloadFunc{manyCourses, hotCourse} {
		w, err := newWorkload(b, t, fmt.Sprintf("p%d", b.nextNumber()))
		if err != nil {
			return err
		}
		if _, err := runPhase(b.ctx, []*target{t}, w, b.closedLoop(clients)); err != nil {
			return fmt.Errorf("warm %s: %w", t.name, err)
		}
	}
	return t.waitUntilPublished(b.ctx)
}

// newRoster serves a new database.
func (b *bench) newRoster(name string) (*target, error) {
	return b.newRosterOf(b.roster, "roster", name)
}

// newRosterOf serves a new database by a build of roster.
func (b *bench) newRosterOf(program, as, name string) (*target, error) {
	s, err := b.postgres()
	if err != nil {
		return nil, err
	}
	user, admin, err := b.migrateNew(s, program, fmt.Sprintf("roster_%s%d", name, b.nextNumber()))
	if err != nil {
		return nil, err
	}
	return b.serveRosterOf(program, as, user, "pgx", admin)
}

// newMigratedDatabase creates a database for this build. It returns the URLs of a user with the service's privileges, and of the
// superuser.
func (b *bench) newMigratedDatabase(name string) (user, admin string, err error) {
	s, err := b.postgres()
	if err != nil {
		return "", "", err
	}
	return b.migrateNew(s, b.roster, name)
}

// migrateNew creates a database on a server. A build of roster migrates it as its owner.
func (b *bench) migrateNew(s *postgresServer, program, name string) (user, admin string, err error) {
	owner, admin, err := s.newDatabase(b.ctx, name)
	if err != nil {
		return "", "", err
	}
	if _, err := b.output(program, "migrate", "--database-url", owner, "--data-dir", b.dir); err != nil {
		return "", "", err
	}
	if user, err = s.newUser(b.ctx, name+"_app", name, ""); err != nil {
		return "", "", err
	}
	_, err = s.conn.Exec(b.ctx, "GRANT roster_serve, roster_upkeep, roster_relay TO "+name+"_app")
	return user, admin, err
}

func (b *bench) newNaive(name string) (*target, error) {
	s, err := b.postgres()
	if err != nil {
		return nil, err
	}
	name = fmt.Sprintf("naive_%s%d", name, b.nextNumber())
	owner, admin, err := s.newDatabase(b.ctx, name)
	if err != nil {
		return nil, err
	}
	if _, err := b.output(b.naive, "-database-url", owner, "-migrate"); err != nil {
		return nil, err
	}
	return b.serveNaive(owner, "pgx", admin)
}

// onSQLite returns both servers on SQLite files on disk. It starts them at the first call, and again if one
// has ended.
func (b *bench) onSQLite() (*serverPair, error) {
	if b.sqlitePair.running() {
		return b.sqlitePair, nil
	}
	b.sqlitePair.stop()
	p, err := b.newSQLitePair(func(dir string) (*target, error) {
		file := filepath.Join(dir, "naive.db")
		if _, err := b.output(b.naive, "-database-url", "sqlite:"+file, "-migrate"); err != nil {
			return nil, err
		}
		return b.serveNaive("sqlite:"+file, "sqlite", readURL(file))
	})
	b.sqlitePair = p
	return p, err
}

// newSQLitePair starts roster and another server, each on a file in the same folder.
func (b *bench) newSQLitePair(newOther func(dir string) (*target, error)) (*serverPair, error) {
	dir, err := b.tempDir("")
	if err != nil {
		return nil, err
	}
	return b.startPair(func() (*target, error) {
		return b.serveRosterSQLite(b.roster, "roster", filepath.Join(dir, "roster.db"))
	}, func() (*target, error) { return newOther(dir) })
}

func (b *bench) serveRosterSQLite(program, name, file string) (*target, error) {
	return b.serveRosterOf(program, name, "sqlite:"+file, "sqlite", readURL(file))
}

// readURL is the bench's own URL of a server's SQLite file.
func readURL(file string) string { return "file:" + file + "?_pragma=busy_timeout(5000)" }

// serveRoster starts roster serve as users do. The bench reads its database with driver and source.
func (b *bench) serveRoster(name, database, driver, source string) (*target, error) {
	return b.serveRosterOf(b.roster, name, database, driver, source)
}

func (b *bench) serveRosterOf(program, name, database, driver, source string) (*target, error) {
	t, err := b.newRosterTarget(program, name, database, driver, source)
	if err != nil {
		return nil, err
	}
	if b.profile != "" {
		if t.admin, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	return t, b.serveTarget(t, program, "--admin-addr", t.admin, "--rate-limit", "off")
}

// newRosterTarget creates a data directory and a caller's token, and connects the bench to the database. It starts no server.
func (b *bench) newRosterTarget(program, name, database, driver, source string) (*target, error) {
	parent := b.memory
	if driver == "sqlite" {
		parent = b.dir
	}
	data, err := b.tempDir(parent)
	if err != nil {
		return nil, err
	}
	t := &target{name: name, database: database, data: data, admin: "off", tables: tablesOfRoster}
	if driver == "pgx" {
		t.postgres = b.postgresServer
	}
	out, err := b.output(program, "token", "--subject", "bench", "--role", "staff", "--ttl", "24h", "--json", "--data-dir", t.data)
	if err != nil {
		return nil, err
	}
	var printed struct{ Token string }
	if err := json.Unmarshal(out, &printed); err != nil {
		return nil, err
	}
	t.token = printed.Token
	return t, b.openDatabase(t, driver, source)
}

// serveTarget starts roster serve on the target's database and data directory.
func (b *bench) serveTarget(t *target, program string, flags ...string) (err error) {
	t.process, err = b.start(program, func(addr string) []string {
		return append([]string{"serve", "--addr", addr, "--database-url", t.database, "--data-dir", t.data}, flags...)
	})
	if err == nil {
		b.cleanup(t.process.stop)
	}
	return err
}

func (b *bench) serveNaive(database, driver, source string) (*target, error) {
	t := &target{name: "naive", token: "none", database: database, admin: "off", tables: tablesOfNaive}
	var err error
	t.process, err = b.start(b.naive, func(addr string) []string { return []string{"-addr", addr, "-database-url", database} })
	if err != nil {
		return nil, err
	}
	b.cleanup(t.stop)
	return t, b.openDatabase(t, driver, source)
}

// openDatabase connects the bench to the target's database.
func (b *bench) openDatabase(t *target, driver, source string) (err error) {
	t.source = source
	if t.db, err = sql.Open(driver, source); err == nil {
		b.cleanup(func() { _ = t.db.Close() })
	}
	return err
}
