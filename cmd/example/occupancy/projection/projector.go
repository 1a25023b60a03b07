package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // registers the driver
)

// A Projector applies events to the read model in its database. It is safe for concurrent use, by several processes too.
type Projector struct{ db *sql.DB }

// ErrForked is the error for an event that has the place of another one in its course: see the package's comment.
var ErrForked = errors.New("another event was there under this sequence: the source was restored to an earlier time")

const tables = `
CREATE TABLE IF NOT EXISTS courses (
    tenant TEXT NOT NULL, course TEXT NOT NULL, title TEXT NOT NULL, capacity INTEGER NOT NULL,
    enrolled INTEGER NOT NULL, waitlisted INTEGER NOT NULL, sequence INTEGER NOT NULL, waiting INTEGER NOT NULL,
    PRIMARY KEY (tenant, course)
) WITHOUT ROWID;
-- What was taken over, applied or put aside. What is older than anything that can still come may be removed.
CREATE TABLE IF NOT EXISTS inbox (
    event_id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, course TEXT NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (tenant, course, sequence)
) WITHOUT ROWID;
-- What was put aside until what comes before it is there.
CREATE TABLE IF NOT EXISTS waiting (
    tenant TEXT NOT NULL, course TEXT NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (tenant, course, sequence)
) WITHOUT ROWID;`

// Open opens the database in a file, and makes it where it is missing. A commit waits for the disk (synchronous=FULL): the
// broker forgets what it is told to.
func Open(ctx context.Context, path string) (*Projector, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	uri := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/"), RawQuery: "_txlock=immediate" +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, tables); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return &Projector{db}, nil
}

// Close closes the database.
func (p *Projector) Close() error { return p.db.Close() }

// A Result is what became of events: their numbers.
type Result struct {
	Applied    int // are in the figures now, those that waited included
	Duplicates int // were known already, and changed nothing
	Early      int // were put aside
}

// Apply takes events over: all of them, in one transaction, or none. It returns nil when they may be forgotten by whoever
// brought them. An error that wraps [ErrForked] will come again with the same events.
func (p *Projector) Apply(ctx context.Context, events ...Event) (Result, error) {
	var result Result
	err := p.transact(ctx, func(tx *transaction) error {
		for _, e := range events {
			if err := tx.take(e, &result); err != nil {
				return fmt.Errorf("event %s, %d of %s/%s: %w", e.ID, e.Sequence, e.Tenant, e.Course, err)
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// Adopt takes what waits for courses of which nothing is applied yet as their beginning, gaps and all, and returns how many
// courses that are. It is for journals that were purged, and right only when all that is left of them has come: after
// "roster repair --republish" from the beginning, when nothing of it is on its way any more.
func (p *Projector) Adopt(ctx context.Context) (int, error) {
	rows, err := p.Rows(ctx)
	if err != nil {
		return 0, err
	}
	adopted := 0
	err = p.transact(ctx, func(tx *transaction) error {
		for _, r := range rows {
			isNew, err := tx.adopt(r.Tenant, r.Course)
			if err != nil {
				return err
			}
			if isNew {
				adopted++
			}
		}
		return nil
	})
	return adopted, err
}

// Rows returns the read model, in order of tenant and course.
func (p *Projector) Rows(ctx context.Context) (found []Row, err error) {
	rows, err := p.db.QueryContext(ctx, `SELECT tenant, course, title, capacity, enrolled, waitlisted, sequence, waiting
		FROM courses ORDER BY tenant, course`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		err := rows.Scan(&r.Tenant, &r.Course, &r.Title, &r.Capacity, &r.Enrolled, &r.Waitlisted, &r.Sequence, &r.Waiting)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}
