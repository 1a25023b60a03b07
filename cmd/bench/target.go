package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver
)

const tenant = "default"

// A target is a server under load.
type target struct {
	*process
	name     string
	token    string
	db       *sql.DB         // its database, as the superuser
	database string          // URL of its database, for the server
	source   string          // the same, for db
	postgres *postgresServer // of its database; nil if that is SQLite
	data     string          // its data directory
	admin    string          // address of its profiles, or "off"
	tables   tables
}

// tables are the names that differ between the two schemas.
type tables struct{ standings, journal string }

var (
	tablesOfRoster = tables{"standings", "journal"}
	tablesOfNaive  = tables{"enrollments", "outbox"}
)

func (t *target) onPostgres() bool {
	_, is := t.db.Driver().(*stdlib.Driver)
	return is
}

// createCourse creates a course without learners.
func (t *target) createCourse(ctx context.Context, id string, capacity int) error {
	if t.tables == tablesOfNaive { // it has no route for it
		_, err := t.db.ExecContext(ctx, `INSERT INTO courses (tenant_id, course_id, capacity, open, waitlist, seats_taken, waitlist_length, sequence)
			VALUES ($1, $2, $3, true, true, 0, 0, 0)`, tenant, id, capacity)
		return err
	}
	body := fmt.Sprintf(`{"title":"Course %s","capacity":%d}`, id, capacity)
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+t.addr+"/v1/courses/"+id, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+t.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("put course %s: %s", id, answer.Status)
	}
	return nil
}

// waitUntilPublished waits until the target has published all events, so that it does not slow the other server.
func (t *target) waitUntilPublished(ctx context.Context) error {
	if t.tables == tablesOfNaive { // it publishes nothing
		return nil
	}
	query, err := t.unpublishedQuery(ctx)
	if err == nil {
		err = waitForZero(ctx, 20*time.Millisecond, "unpublished events", func() (unpublished int64, err error) {
			err = t.db.QueryRowContext(ctx, query).Scan(&unpublished)
			return unpublished, err
		})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return nil
}

// unpublishedQuery returns a query for the number of unpublished events.
func (t *target) unpublishedQuery(ctx context.Context) (string, error) {
	hasRows, err := t.hasUnpublishedRows(ctx)
	if err != nil || hasRows {
		return `SELECT coalesce(sum(events), 0) FROM unpublished`, err
	}
	return `SELECT coalesce(sum(c.sequence - coalesce(o.published, 0)), 0)
		FROM courses c LEFT JOIN outbox o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id`, nil
}

// hasUnpublishedRows says whether the schema has rows of what is unpublished. In a build before that, a row of each course says how far
// it is published.
func (t *target) hasUnpublishedRows(ctx context.Context) (has bool, err error) {
	query := `SELECT count(*) > 0 FROM sqlite_master WHERE name = 'unpublished'`
	if t.onPostgres() {
		query = `SELECT to_regclass('unpublished') IS NOT NULL`
	}
	err = t.db.QueryRowContext(ctx, query).Scan(&has)
	return has, err
}

// waitForZero waits until count returns 0. It fails if the count falls no further within [hang]. It waits at least as long as counting
// takes, so that a slow count does not take all of the database.
func waitForZero(ctx context.Context, every time.Duration, what string, count func() (int64, error)) error {
	lowest, since := int64(math.MaxInt64), time.Now()
	for {
		start := time.Now()
		n, err := count()
		if err != nil || n == 0 {
			return err
		}
		if n < lowest {
			lowest, since = n, time.Now()
		}
		if time.Since(since) > hang {
			return fmt.Errorf("%d %s, and no fewer for %s", n, what, hang)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(max(every, time.Since(start))):
		}
	}
}
