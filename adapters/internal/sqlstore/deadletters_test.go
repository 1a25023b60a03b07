package sqlstore_test

import (
	"testing"
	"time"

	"example.com/roster/ports"
)

// A dead letter is stored whatever is wrong with it: what a database refuses in a text is replaced, the body is unchanged.
func TestDeadLettersWithInvalidText(t *testing.T) {
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
