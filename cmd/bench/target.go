package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
	_ "modernc.org/sqlite"             // the driver
)

const tenant = "default"

// A target is a server under load.
type target struct {
	*process
	name     string
	token    string
	db       *sql.DB // its database, as the superuser
	database string  // URL of its database, for the server
	data     string  // its data directory
	admin    string  // address of its profiles, or "off"
	tables   tables
}

// tables are the names that differ between the two schemas.
type tables struct{ standings, journal string }

var (
	tablesOfRoster = tables{"standings", "journal"}
	tablesOfNaive  = tables{"enrollments", "outbox"}
)

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
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(20 * time.Millisecond) {
		var unpublished int64
		err := t.db.QueryRowContext(ctx, `SELECT coalesce(sum(c.sequence - coalesce(o.published, 0)), 0)
			FROM courses c LEFT JOIN outbox o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id`).Scan(&unpublished)
		if err != nil || unpublished == 0 {
			return err
		}
	}
	return fmt.Errorf("%s: events are still unpublished after a minute", t.name)
}
