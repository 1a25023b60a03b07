package sqlstore_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
)

// A rewind during a MarkPublished is not undone by it. That can only happen if two transactions may write at once.
func TestRepublishWhileMarking(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	relay, err := postgres.Open(t.Context(), url)
	must(t, err)
	defer relay.Close()
	must(t, change(t.Context(), relay, "c", put(1)))
	first, err := relay.Unpublished(t.Context(), ports.CourseRef{}, 10)
	must(t, err)
	must(t, relay.MarkPublished(t.Context(), first))
	must(t, change(t.Context(), relay, "c", put(2)))
	second, err := relay.Unpublished(t.Context(), ports.CourseRef{}, 10)
	must(t, err)

	marked := make(chan error, 1)
	operator, err := postgres.Open(t.Context(), url, postgres.Through(faults{func(commit, _ func() error) error {
		go func() { marked <- relay.MarkPublished(t.Context(), second) }()
		for waits := false; !waits; {
			must(t, conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
				WHERE NOT l.granted AND a.datname = current_database())`).Scan(&waits))
		}
		return commit()
	}}.through))
	must(t, err)
	defer operator.Close()
	if n, err := operator.Republish(t.Context(), tenant, at); err != nil || n != 1 {
		t.Errorf("%d to publish again, %v", n, err)
	}
	must(t, <-marked)
	if all, err := relay.Unpublished(t.Context(), ports.CourseRef{}, 10); err != nil || len(all) != 2 {
		t.Errorf("unpublished: %+v, %v", all, err)
	}
}
