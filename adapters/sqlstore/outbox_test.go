package sqlstore_test

import (
	"testing"
	"time"

	"example.com/roster/ports"
)

// What waits is found, marked and measured, on every kind of database.
func TestOutboxInShort(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		s := db.store(t)
		must(t, change(t.Context(), s, "b", put(3)))
		must(t, change(t.Context(), s, "a", put(3)))
		must(t, change(t.Context(), s, "a", enroll("ada", "bob"), "ada", "bob"))
		all, err := s.Unpublished(t.Context(), ports.Place{}, 10)
		must(t, err)
		if len(all) != 4 || all[0].Course != "a" || all[2].Sequence != 3 || all[3].Course != "b" {
			t.Fatalf("got %+v", all)
		}
		some, err := s.Unpublished(t.Context(), ports.Place{}, 2)
		must(t, err)
		if len(some) != 2 || some[1] != all[1] {
			t.Errorf("got %+v", some)
		}
		must(t, s.MarkPublished(t.Context(), all[1:3])) // the first is not marked
		b, err := s.Backlog(t.Context())
		if err != nil || b.Messages != 4 || !b.Oldest.Equal(at) {
			t.Errorf("got %+v, %v", b, err)
		}
		must(t, s.MarkPublished(t.Context(), all[:2]))
		b, err = s.Backlog(t.Context())
		if err != nil || b.Messages != 2 {
			t.Errorf("got %+v, %v", b, err)
		}
		must(t, s.MarkPublished(t.Context(), all))
		b, err = s.Backlog(t.Context())
		if err != nil || b.Messages != 0 || !b.Oldest.IsZero() {
			t.Errorf("got %+v, %v", b, err)
		}
		if n, err := s.Republish(t.Context(), tenant, at); err != nil || n != 4 {
			t.Errorf("got %d, %v", n, err)
		}
		must(t, s.MarkPublished(t.Context(), all))
		must(t, change(t.Context(), s, "a", withdraw("ada"), "ada"))
		n, err := s.Purge(t.Context(), at.Add(time.Second))
		if err != nil || n != 0 {
			t.Errorf("got %d, %v", n, err)
		}
		all, err = s.Unpublished(t.Context(), ports.Place{}, 10)
		must(t, err)
		must(t, s.MarkPublished(t.Context(), all))
		if n, err := s.Purge(t.Context(), at.Add(time.Second)); err != nil || n != 1 {
			t.Errorf("got %d, %v", n, err)
		}
		if p, err := s.Purged(t.Context(), tenant, "a"); err != nil || p != 4 {
			t.Errorf("got %d, %v", p, err)
		}
		if n, err := s.Republish(t.Context(), tenant, at); err != nil || n != 4 {
			t.Errorf("got %d, %v", n, err)
		}
		if b, err := s.Backlog(t.Context()); err != nil || b.Messages != 4 {
			t.Errorf("got %+v, %v", b, err)
		}
		letter := ports.DeadLetter{ID: "1", By: ports.Actor{Tenant: tenant, Subject: "q", Role: ports.Staff}, Key: "k\x00", Tries: 2, At: at, Body: []byte{0, 1}}
		must(t, s.Bury(t.Context(), tenant, []ports.DeadLetter{letter, letter}))
		must(t, s.Bury(t.Context(), tenant, []ports.DeadLetter{letter}))
		got, err := s.DeadLetters(t.Context(), tenant, ports.LetterPage{Limit: 10})
		if err != nil || len(got) != 1 || got[0].Tries != 6 {
			t.Errorf("got %+v, %v", got, err)
		}
		must(t, s.Settle(t.Context(), tenant, []string{"1", "2"}))
	})
}
