package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver
)

//go:embed postgres.sql sqlite.sql
var schemas embed.FS

// statements are prepared once per connection, at their first use.
type statements struct {
	lockCourse, selectReply, selectStanding, selectFirstWaiting            *sql.Stmt
	insertStanding, updateStanding, insertEvent, updateCourse, insertReply *sql.Stmt
	unlocked                                                               bool // see unlock
}

// open opens the database with the best number of connections. With migrate it only creates the tables.
func open(ctx context.Context, databaseURL string, migrate bool) (*sql.DB, *statements, error) {
	var db *sql.DB
	schema, lock := "postgres.sql", " FOR UPDATE"
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		schema, lock = "sqlite.sql", "" // BEGIN IMMEDIATE locks the file
		uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "_txlock=immediate&_pragma=journal_mode(WAL)" +
			"&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16384)"}
		var err error
		if db, err = sql.Open("sqlite", uri.String()); err != nil {
			return nil, nil, err
		}
		pool(db, 1)
	} else {
		config, err := pgx.ParseConfig(databaseURL)
		if err != nil {
			return nil, nil, err
		}
		db = stdlib.OpenDB(*config)
		pool(db, 16)
	}
	if migrate {
		text, err := schemas.ReadFile(schema)
		if err == nil {
			_, err = db.ExecContext(ctx, string(text))
		}
		return nil, nil, errors.Join(err, db.Close())
	}
	q, err := prepare(ctx, db, lock)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, q, nil
}

func pool(db *sql.DB, size int) {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
}

func prepare(ctx context.Context, db *sql.DB, lock string) (*statements, error) {
	q := new(statements)
	for _, s := range []struct {
		prepared **sql.Stmt
		text     string
	}{
		{&q.lockCourse, `SELECT capacity, open, waitlist, seats_taken, waitlist_length, sequence FROM courses
			WHERE tenant_id = $1 AND course_id = $2` + lock},
		{&q.selectReply, `SELECT request, status, body FROM replies WHERE tenant_id = $1 AND name = $2`},
		{&q.selectStanding, `SELECT enrollment_id, status, sequence, since FROM enrollments
			WHERE tenant_id = $1 AND course_id = $2 AND learner_id = $3`},
		{&q.selectFirstWaiting, `SELECT learner_id, enrollment_id FROM enrollments
			WHERE tenant_id = $1 AND course_id = $2 AND status = 'waitlisted' ORDER BY sequence LIMIT 1`},
		{&q.insertStanding, `INSERT INTO enrollments (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`},
		{&q.updateStanding, `UPDATE enrollments SET enrollment_id = $4, status = $5, sequence = $6, since = $7
			WHERE tenant_id = $1 AND course_id = $2 AND learner_id = $3`},
		{&q.insertEvent, `INSERT INTO outbox (tenant_id, course_id, sequence, event_id, type, learner_id, enrollment_id, occurred_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`},
		{&q.updateCourse, `UPDATE courses SET seats_taken = $3, waitlist_length = $4, sequence = $5
			WHERE tenant_id = $1 AND course_id = $2`},
		{&q.insertReply, `INSERT INTO replies (tenant_id, name, request, status, body, replied_at) VALUES ($1, $2, $3, $4, $5, $6)`},
	} {
		var err error
		if *s.prepared, err = db.PrepareContext(ctx, s.text); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", s.text, err)
		}
	}
	return q, nil
}
