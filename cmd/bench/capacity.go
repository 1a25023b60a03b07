package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"example.com/roster/adapters/nats/broker"
)

// learnersPerCourse is the number of learners on each course that has any, in the capacity group.
const learnersPerCourse = 30

// measureCapacity measures what a million courses, standings and events need: on the disks of SQLite, PostgreSQL and the broker, and in the
// memory of serve. An import writes them in an order that is not that of the keys, as callers do.
func measureCapacity(b *bench) error {
	if err := onLinux(proc); err != nil {
		return err
	}
	onSQLite, err := b.newSQLite("SQLite")
	if err != nil {
		return err
	}
	if err := b.fill(onSQLite, filepath.Join(onSQLite.data, "nats"), "its own broker"); err != nil {
		return err
	}
	s, err := b.startPostgres(os.TempDir(), "fsync=off") // the other settings are the defaults: they determine the size of the WAL
	if err != nil {
		return err
	}
	defer s.stop()
	user, admin, err := b.migrateNew(s, b.roster, "roster_capacity")
	if err != nil {
		return err
	}
	onPostgres, err := b.newRosterTarget(b.roster, "PostgreSQL", user, "pgx", admin)
	if err != nil {
		return err
	}
	streams, err := b.tempDir("")
	if err != nil {
		return err
	}
	other, err := broker.Start(streams, broker.Options{})
	if err != nil {
		return err
	}
	defer other.Close()
	return b.fill(onPostgres, streams, "another broker", "--nats-url", other.URL())
}

// fill imports courses, then standings, and records after each what was added, per million. Serve publishes the events with flags.
func (b *bench) fill(t *target, streams, brokerName string, flags ...string) error {
	store, n := t.name, float64(b.courses)
	perMillion := func(of string, bytes int64) { b.results.figure(store+", a million "+of, "MB", float64(bytes)/n) }
	var before usage
	for _, stage := range []string{"", "courses", "standings"} {
		t.name = store + ", empty"
		if stage != "" {
			t.name = fmt.Sprintf("%s, with %d %s", store, b.courses, stage)
			if err := b.importStage(t, stage); err != nil {
				return err
			}
		}
		if _, _, err := b.publishAll(t, brokerName, flags...); err != nil {
			return err
		}
		t.stop()
		if stage != "" && !t.onPostgres() {
			if err := b.restartLater(t, brokerName); err != nil {
				return err
			}
		}
		now, err := t.usage(b.ctx, streams)
		if err != nil {
			return err
		}
		if stage != "" {
			perMillion(stage, now.tables[stage]-before.tables[stage])
			perMillion("events of "+stage+", in the journal", now.tables["journal"]-before.tables["journal"])
			perMillion("events of "+stage+", in the broker's stream", now.streams-before.streams)
			perMillion(stage+" with their events, all tables", now.all-before.all)
			if t.onPostgres() {
				perMillion(stage+" with their events, WAL", now.wal-before.wal)
			}
		}
		before = now
	}
	return nil
}

// restartLater measures the memory when the broker knows the ids of the published messages no more.
func (b *bench) restartLater(t *target, brokerName string) error {
	err := b.wait(longOrShort(b.options, 2*time.Minute+10*time.Second, time.Second))
	if err == nil {
		err = b.serveIdle(t)
	}
	if err != nil {
		return err
	}
	defer t.stop()
	err = b.settle()
	b.results.figure(t.name+", memory of serve with "+brokerName+", restarted two minutes later", "MB", residentMemory(t.Process.Pid))
	return err
}

// importStage imports as many courses as b.courses says, or as many standings.
func (b *bench) importStage(t *target, stage string) error {
	file, args := filepath.Join(b.dir, stage+".csv"), []string{"course", "import"}
	header, row := "course_id,title,capacity,waitlist", func(w *bufio.Writer, i int) {
		i = b.shuffled(i)
		fmt.Fprintf(w, "course-%07d,Course %d,20,true\n", i, i)
	}
	if stage == "standings" {
		args, header = []string{"import"}, "course_id,learner_id"
		row = func(w *bufio.Writer, i int) {
			fmt.Fprintf(w, "course-%07d,learner-%08d\n", i%max(1, b.courses/learnersPerCourse), b.shuffled(i))
		}
	}
	if err := writeFile(file, header, b.courses, row); err != nil {
		return err
	}
	out, err := b.output(b.roster, append(append(args, file), "--json", "--database-url", t.database, "--data-dir", t.data)...)
	if err == nil {
		_, err = importRate(out, b.courses)
	}
	return err
}

// shuffled returns the i-th of the numbers below b.courses in another order.
func (b *bench) shuffled(i int) int {
	const prime = 7_368_787 // it does not divide b.courses
	return i * prime % b.courses
}

// A usage is what is on the disks, in bytes.
type usage struct {
	tables  map[string]int64 // each with its indexes
	all     int64            // tables together
	wal     int64            // of PostgreSQL, ever written
	streams int64            // of the broker
}

// usage returns what the target uses now. Nothing may be writing.
func (t *target) usage(ctx context.Context, streams string) (u usage, err error) {
	u.tables = make(map[string]int64)
	query := `SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name`
	if t.onPostgres() {
		query = `SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
		if err := t.db.QueryRowContext(ctx, `SELECT pg_current_wal_lsn() - '0/0'`).Scan(&u.wal); err != nil {
			return u, err
		}
	}
	rows, err := t.db.QueryContext(ctx, query)
	if err != nil {
		return u, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var bytes int64
		if err := rows.Scan(&name, &bytes); err != nil {
			return u, err
		}
		u.tables[name] = bytes
		u.all += bytes
	}
	u.streams, err = sizeOfFiles(streams)
	return u, errors.Join(err, rows.Err())
}

func sizeOfFiles(folder string) (bytes int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}
