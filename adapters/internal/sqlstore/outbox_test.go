package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/roster/domain"
	"example.com/roster/ports/portstest"
)

// What a writer changes without adding a record is published, too: a process of an earlier version, a COPY or a script.
func TestChangesOfOthersArePublished(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		must(t, change(t.Context(), s, "c", put(1)))
		for _, statement := range []string{
			`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
				VALUES ('t', 'copied', 'T', 1, true, true, 0, 0, 2, 2)`,
			"INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity) " +
				"VALUES ('t', 'copied', 1, 'e1', '', 'course.changed', '2026-01-01 00:00:00+00:00', 'T', 1)",
			"INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity) " +
				"VALUES ('t', 'copied', 2, 'e2', '', 'course.changed', '2026-01-01 00:00:00+00:00', 'T', 1)",
			"UPDATE courses SET sequence = 2 WHERE course_id = 'c'",
			"INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity) " +
				"VALUES ('t', 'c', 2, 'e3', '', 'course.changed', '2026-01-01 00:00:00+00:00', 'T', 1)",
			"UPDATE courses SET capacity = 3 WHERE course_id = 'c'", // changes no sequence
		} {
			if db.kind == "postgres" {
				statement = "SET app.tenant = 't'; " + statement
			}
			db.exec(t, statement)
		}
		must(t, change(t.Context(), s, "c", put(5)))
		want := []string{"c/1", "copied/1", "copied/2", "c/2", "c/3"}
		records, err := s.Unpublished(t.Context(), 100)
		must(t, err)
		var got []string
		for _, r := range records {
			for _, m := range r.Messages {
				got = append(got, fmt.Sprintf("%s/%d", m.Course, m.Sequence))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("unpublished are %v, want %v", got, want)
		}
		if b, err := s.Backlog(t.Context()); err != nil || b.Messages != len(want) || b.Oldest.IsZero() {
			t.Errorf("backlog is %+v, %v", b, err)
		}
	})
}

// A record that a trigger makes has 1,000 entries at most, since the relay holds a record in memory.
func TestRecordsOfOthersAreShort(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		for _, statement := range []string{
			`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
				VALUES ('t', 'a long one', 'T', 1, true, true, 0, 0, 2500, 1)`,
			"UPDATE courses SET sequence = 4500",
			`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity)
				WITH RECURSIVE e (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM e WHERE n < 4500)
				SELECT 't', 'a long one', n, 'e' || n, '', 'course.changed', '2026-01-01 00:00:00+00:00', 'T', 1 FROM e`,
		} {
			if db.kind == "postgres" {
				statement = "SET app.tenant = 't'; " + statement
			}
			db.exec(t, statement)
		}
		requireRecords(t, s, "a long one", 1000, 1000, 500, 1000, 1000)
	})
}

// A purge removes nothing that another process commits while it runs, and that is unpublished.
func TestCommitDuringAPurge(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	other := db.store(t)
	must(t, change(t.Context(), other, "c", put(1)))
	records, err := other.Unpublished(t.Context(), 100)
	must(t, err)
	must(t, other.MarkPublished(t.Context(), records))
	commits := sync.OnceFunc(func() {
		for capacity := range 2 {
			must(t, change(t.Context(), other, "c", put(2+capacity)))
		}
	})
	purging := db.through(t, rewriting{func(statement string) string {
		if strings.Contains(statement, "min(j.sequence)") { // it reads how much of the journal is old
			commits()
		}
		return statement
	}})
	_, err = purging.Purge(t.Context(), at.Add(time.Hour))
	must(t, err)
	records, err = other.Unpublished(t.Context(), 100)
	must(t, err)
	n := 0
	for _, r := range records {
		n += len(r.Messages)
	}
	if n != 2 {
		t.Errorf("%d of 2 events are left to publish", n)
	}
}

// Entries that are published again while a purge runs may be removed before they are sent.
func TestRepublicationDuringAPurge(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	other := db.store(t)
	for capacity := range 3 {
		must(t, change(t.Context(), other, "c", put(1+capacity)))
	}
	records, err := other.Unpublished(t.Context(), 100)
	must(t, err)
	must(t, other.MarkPublished(t.Context(), records))
	republishes := sync.OnceFunc(func() {
		if n, err := other.Republish(t.Context(), tenant, at); err != nil || n != 3 {
			t.Errorf("%d entries to publish, %v", n, err)
		}
	})
	purging := db.through(t, rewriting{func(statement string) string {
		if strings.Contains(statement, "min(j.sequence)") { // it has read what is unpublished
			republishes()
		}
		return statement
	}})
	n, err := purging.Purge(t.Context(), at.Add(time.Hour))
	must(t, err)
	records, err = other.Unpublished(t.Context(), 100)
	must(t, err)
	if n != 2 || len(records) != 1 || len(records[0].Messages) != 1 || records[0].Messages[0].Sequence != 3 {
		t.Errorf("%d entries purged; unpublished are %+v", n, records)
	}
	must(t, other.MarkPublished(t.Context(), records))
	if b, err := other.Backlog(t.Context()); err != nil || b.Messages != 0 {
		t.Errorf("backlog is %+v, %v", b, err)
	}
}

// A commit during a republication has its events published after those that it follows, whichever statement it comes before.
func TestCommitDuringARepublication(t *testing.T) {
	t.Parallel()
	db := newPostgres(t)
	other := db.store(t)
	watch, err := pgx.Connect(t.Context(), db.address)
	must(t, err)
	defer watch.Close(context.Background())
	waits := func() (blocked bool) {
		must(t, watch.QueryRow(t.Context(),
			"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')").Scan(&blocked))
		return blocked
	}
	must(t, change(t.Context(), other, "c", put(1)))
	committed := make(chan error, 1)
	for next := int64(1); ; next++ {
		var n atomic.Int64
		s := db.through(t, rewriting{func(statement string) string {
			if !strings.Contains(statement, "pg_notify") && n.Add(1) == next { // a notification is sent in the background
				go func() { committed <- change(t.Context(), other, "c", grow) }()
				portstest.Eventually(t, "the commit, or its wait for the republication", func() bool { return len(committed) > 0 || waits() })
			}
			return statement
		}})
		_, err := s.Republish(t.Context(), tenant, at)
		must(t, err)
		if n.Swap(next) < next { // what Close sends is none of them
			return
		}
		must(t, portstest.Receive(t, "the commit", committed))
		records, err := other.Unpublished(t.Context(), 100)
		must(t, err)
		last := int64(0)
		for _, r := range records {
			for _, m := range r.Messages {
				if last++; m.Sequence != last {
					t.Fatalf("committed before statement %d: sequence %d is published as number %d", next, m.Sequence, last)
				}
			}
		}
	}
}

// A purge reads the unpublished records once for many courses, and none if there are no courses.
func TestPurgeReadsTheUnpublishedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		reads := 0
		s := db.through(t, rewriting{func(statement string) string {
			if strings.Contains(statement, "unpublished") {
				reads++
			}
			return statement
		}})
		for _, course := range []domain.CourseID{"c", "d", "e"} {
			must(t, change(t.Context(), s, course, put(1)))
			must(t, change(t.Context(), s, course, put(2)))
		}
		records, err := s.Unpublished(t.Context(), 4)
		must(t, err)
		must(t, s.MarkPublished(t.Context(), records))
		for _, want := range []struct {
			before         time.Time
			removed, reads int
		}{{at, 0, 0}, {at.Add(time.Hour), 2, 1}} {
			reads = 0
			n, err := s.Purge(t.Context(), want.before)
			must(t, err)
			if n != want.removed || reads != want.reads {
				t.Errorf("%d entries purged with %d reads, want %d with %d", n, reads, want.removed, want.reads)
			}
		}
	})
}

// The relay of a process gets the entries of its commits without reading the journal, and after an erasure the pseudonym.
func TestRelayReadsRecentEntries(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		var sent []string
		s := db.through(t, recording(&sent))
		s.Await(t.Context(), 0) // a relay runs here
		must(t, change(t.Context(), s, "c", put(1)))
		must(t, change(t.Context(), s, "c", enroll("ada"), "ada"))
		sent = nil
		learner := func() domain.LearnerID {
			t.Helper()
			records, err := s.Unpublished(t.Context(), 100)
			must(t, err)
			if len(records) != 2 || len(records[1].Messages) != 1 {
				t.Fatalf("unpublished are %+v", records)
			}
			return records[1].Messages[0].Learner
		}
		if got := learner(); got != "ada" || len(sent) > 0 {
			t.Errorf("the learner is %q, read by %q", got, sent)
		}
		if got := learner(); got != "ada" || len(sent) == 0 { // again, after a failure
			t.Errorf("the learner is %q, read by %q", got, sent)
		}
		must(t, change(t.Context(), s, "d", put(1)))
		must(t, change(t.Context(), s, "d", enroll("ada"), "ada"))
		_, err := s.Forget(t.Context(), tenant, "ada", "forgotten-1")
		must(t, err)
		records, err := s.Unpublished(t.Context(), 100)
		must(t, err)
		for _, r := range records {
			if m := r.Messages[0]; m.Learner == "ada" {
				t.Errorf("after an erasure %+v is to be published", m)
			}
		}
	})
}
