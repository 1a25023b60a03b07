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

// A Projector applies events to the read model in its database. It is safe for concurrent use, also by several processes.
type Projector struct {
	// Rebuild lets all events of a course that has no applied event wait for Adopt, not only those behind a gap. Set it before the
	// first event.
	Rebuild bool

	db *sql.DB
}

// ErrForked is the error for an event with the course and sequence of another event: see the package's comment.
var ErrForked = errors.New("another event has this sequence: the source was restored to an earlier time")

const tables = `
CREATE TABLE IF NOT EXISTS courses (
    tenant TEXT NOT NULL, course_id TEXT NOT NULL, title TEXT NOT NULL, capacity INTEGER NOT NULL,
    enrolled INTEGER NOT NULL, waitlisted INTEGER NOT NULL, sequence INTEGER NOT NULL, waiting INTEGER NOT NULL,
    PRIMARY KEY (tenant, course_id)
) WITHOUT ROWID;
-- Events that were applied or stored as early. Rows older than any event that can still arrive may be deleted.
CREATE TABLE IF NOT EXISTS inbox (
    event_id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, course_id TEXT NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (tenant, course_id, sequence)
) WITHOUT ROWID;
-- Early events, until the events before them arrive.
CREATE TABLE IF NOT EXISTS waiting (
    tenant TEXT NOT NULL, course_id TEXT NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (tenant, course_id, sequence)
) WITHOUT ROWID;`

// Open opens the database in a file, and creates it if it is missing. A commit waits for the disk (synchronous=FULL), because the
// broker may forget an acknowledged event.
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
	return &Projector{db: db}, nil
}

// Close closes the database.
func (p *Projector) Close() error { return p.db.Close() }

// A Result counts events by what happened to them.
type Result struct {
	Applied    int // to the read model, earlier stored events included
	Duplicates int // ignored
	Early      int // stored until the missing events arrive
}

// Apply processes all of the events in one transaction, or none. When it returns nil the events may be acknowledged. An error
// that wraps [ErrForked] is permanent: a retry with the same events returns it again.
func (p *Projector) Apply(ctx context.Context, events ...Event) (Result, error) {
	var result Result
	err := p.transact(ctx, func(tx *transaction) error {
		for _, e := range events {
			if err := tx.process(e, &result); err != nil {
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

// Adopt applies the waiting events of each course that has no applied event, in spite of their gaps, and returns the number of
// these courses. It is for purged journals, with Rebuild. Call it only when all remaining events have arrived: after "roster
// repair --republish" from the beginning, when none of these events is still to be delivered.
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
func (p *Projector) Rows(ctx context.Context) (model []Row, err error) {
	rows, err := p.db.QueryContext(ctx, `SELECT tenant, course_id, title, capacity, enrolled, waitlisted, sequence, waiting
		FROM courses ORDER BY tenant, course_id`)
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
		model = append(model, r)
	}
	return model, rows.Err()
}
