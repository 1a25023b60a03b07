package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
)

// Marks that are taken back while others are being moved stay taken back. Only where two may write at once can that be.
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
		t.Errorf("%d to be published again, %v", n, err)
	}
	must(t, <-marked)
	if all, err := relay.Unpublished(t.Context(), ports.CourseRef{}, 10); err != nil || len(all) != 2 {
		t.Errorf("waiting: %+v, %v", all, err)
	}
}

// A letter is buried whatever is wrong with it: what no database takes for text is replaced, and the body kept.
func TestLettersThatAreNoText(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		letter := ports.DeadLetter{
			ID:       "1",
			By:       ports.Actor{Tenant: tenant, Subject: "que\x00ue", Role: ports.Staff},
			Key:      "k\xff\xfe",
			Learner:  "a\x00da",
			Body:     []byte("\x00\xff'\\"),
			Reason:   ports.ErrInternal,
			Detail:   "can't read \"\x00\xc3\"",
			Attempts: 1,
			At:       at,
		}
		empty := ports.DeadLetter{ID: "2", Reason: ports.ErrInternal, At: at.Add(time.Microsecond)}
		must(t, s.PutDeadLetters(t.Context(), tenant, []ports.DeadLetter{letter, empty, letter}))
		got, err := s.ListDeadLetters(t.Context(), tenant, ports.DeadLetterPage{Limit: 10})
		must(t, err)
		if len(got) != 2 {
			t.Fatalf("got %+v", got)
		}
		if l := got[0]; l.By.Subject != "que\uFFFDue" || l.Key != "k\uFFFD" || l.Learner != "a\uFFFDda" ||
			string(l.Body) != string(letter.Body) || l.Detail != "can't read \"\uFFFD\uFFFD\"" || l.Attempts != 2 {
			t.Errorf("got %+v", l)
		}
		if l := got[1]; len(l.Body) > 0 || l.Learner != "" || !l.At.Equal(empty.At) {
			t.Errorf("got %+v", l)
		}
	})
}
