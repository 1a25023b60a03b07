package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// A pair is the two that are measured in turns.
type pair struct{ roster, naive *target }

// onPostgres starts both on the server, each with a database of its own, in which there is something already. It is made once.
func (b *bench) onPostgres() (*pair, error) {
	if b.pair != nil {
		return b.pair, nil
	}
	p, err := b.newPair("main")
	if err != nil {
		return nil, err
	}
	for _, t := range []*target{p.roster, p.naive} {
		if err := t.load(b.ctx, "spread-", spreadOver, 10, 1); err != nil {
			return nil, err
		}
		if err := b.warm(t); err != nil {
			return nil, err
		}
	}
	b.pair = p
	return p, nil
}

// warm has a target do what it will be asked, before anybody looks: what is first is slow.
func (b *bench) warm(t *target) error {
	for _, with := range []func(*bench, *target, string) (workload, error){manyCourses, hotCourse} {
		w, err := with(b, t, fmt.Sprintf("p%d", b.number()))
		if err != nil {
			return err
		}
		if _, err := play(b.ctx, []*target{t}, w, b.closed(clients)); err != nil {
			return fmt.Errorf("warm %s: %w", t.name, err)
		}
	}
	return t.settle(b.ctx)
}

func (b *bench) newPair(name string) (*pair, error) {
	roster, err := b.newRoster(name)
	if err != nil {
		return nil, err
	}
	naive, err := b.newNaive(name)
	return &pair{roster, naive}, err
}

// newRoster serves a fresh database.
func (b *bench) newRoster(name string) (*target, error) {
	user, admin, err := b.migrated("roster_" + name)
	if err != nil {
		return nil, err
	}
	return b.serve("roster", user, "pgx", admin)
}

// migrated makes a database whose tables roster has made as their owner, and returns the URLs of a user who may do what the
// service does, and of the superuser.
func (b *bench) migrated(name string) (user, admin string, err error) {
	s, err := b.postgres()
	if err != nil {
		return "", "", err
	}
	owner, admin, err := s.fresh(b.ctx, name)
	if err != nil {
		return "", "", err
	}
	if _, err := b.output(b.roster, "migrate", "--database-url", owner, "--data-dir", b.dir); err != nil {
		return "", "", err
	}
	if user, err = s.user(b.ctx, name+"_app", name, ""); err != nil {
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
	name = "naive_" + name
	owner, admin, err := s.fresh(b.ctx, name)
	if err != nil {
		return nil, err
	}
	if _, err := b.output(b.naive, "-database-url", owner, "-migrate"); err != nil {
		return nil, err
	}
	return b.serveNaive(owner, "pgx", admin)
}

// onSQLite starts both on files of their own, on the disk. It is made once.
func (b *bench) onSQLite() (*pair, error) {
	if b.lite != nil {
		return b.lite, nil
	}
	dir, err := b.folder("")
	if err != nil {
		return nil, err
	}
	ours, theirs := filepath.Join(dir, "roster.db"), filepath.Join(dir, "naive.db")
	if _, err := b.output(b.naive, "-database-url", "sqlite:"+theirs, "-migrate"); err != nil {
		return nil, err
	}
	look := func(path string) string { return "file:" + path + "?_pragma=busy_timeout(5000)" }
	roster, err := b.serve("roster", "sqlite:"+ours, "sqlite", look(ours))
	if err != nil {
		return nil, err
	}
	naive, err := b.serveNaive("sqlite:"+theirs, "sqlite", look(theirs))
	if err != nil {
		return nil, err
	}
	b.lite = &pair{roster, naive}
	return b.lite, nil
}

// serve starts roster serve as users do, on a database that the bench sees by the driver and source.
func (b *bench) serve(name, database, driver, source string) (*target, error) {
	in := b.memory
	if driver == "sqlite" {
		in = b.dir
	}
	data, err := b.folder(in)
	if err != nil {
		return nil, err
	}
	t := &target{name: name, database: database, data: data, admin: "off", tables: tablesOfRoster}
	if b.profile != "" {
		if t.admin, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	out, err := b.output(b.roster, "token", "--subject", "bench", "--role", "staff", "--ttl", "24h", "--json", "--data-dir", t.data)
	if err != nil {
		return nil, err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(out, &made); err != nil {
		return nil, err
	}
	t.token = made.Token
	t.process, err = b.start(b.roster, func(addr string) []string {
		return []string{"serve", "--addr", addr, "--admin-addr", t.admin, "--rate-limit", "off", "--database-url", database, "--data-dir", data}
	})
	if err != nil {
		return nil, err
	}
	b.atEnd(t.stop)
	return t, b.open(t, driver, source)
}

func (b *bench) serveNaive(database, driver, source string) (*target, error) {
	t := &target{name: "naive", token: "none", database: database, admin: "off", tables: tablesOfNaive}
	var err error
	t.process, err = b.start(b.naive, func(addr string) []string { return []string{"-addr", addr, "-database-url", database} })
	if err != nil {
		return nil, err
	}
	b.atEnd(t.stop)
	return t, b.open(t, driver, source)
}

// open lets the bench look into the target's database.
func (b *bench) open(t *target, driver, source string) (err error) {
	if t.db, err = sql.Open(driver, source); err == nil {
		b.atEnd(func() { _ = t.db.Close() })
	}
	return err
}
