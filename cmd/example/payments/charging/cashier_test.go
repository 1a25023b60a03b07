package charging

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errAway = errors.New("away")

// A bank that remembers each key, and may fail before or after it has charged.
type bank struct {
	Rule
	asked   []string        // keys, in order
	charged map[string]bool // what it said to a key
	before  func() error
	after   func() error
}

func (b *bank) Charge(ctx context.Context, key, learner string) (bool, error) {
	b.asked = append(b.asked, key)
	if err := b.before(); err != nil {
		return false, err
	}
	if _, ok := b.charged[key]; !ok {
		b.charged[key], _ = b.Rule.Charge(ctx, key, learner)
	}
	return b.charged[key], b.after()
}

// A queue that may fail before or after it has taken a command.
type fakeQueue struct {
	sent          []Command
	before, after func() error
}

func (q *fakeQueue) Send(_ context.Context, c Command) error {
	if err := q.before(); err != nil {
		return err
	}
	q.sent = append(q.sent, c)
	return q.after()
}

// A world is a cashier with what is around it.
type world struct {
	*Cashier
	bank  *bank
	queue *fakeQueue
}

func newWorld(t *testing.T) world {
	t.Helper()
	well := func() error { return nil }
	w := world{
		bank:  &bank{charged: map[string]bool{}, before: well, after: well},
		queue: &fakeQueue{before: well, after: well},
	}
	var err error
	if w.Cashier, err = Open(t.Context(), filepath.Join(t.TempDir(), "payments.db"), w.bank, w.queue); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func seat(id, learner string) Event {
	e := Event{ID: id, Version: 1, Correlation: "story", Tenant: "default", Course: "go-101"}
	e.Data.Learner = learner
	return e
}

func TestWhoPaysKeepsTheSeat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		if err := w.Handle(t.Context(), seat("1", "ada")); err != nil {
			t.Fatal(err)
		}
	}
	w.requireCharged(t, 1, 0)
	if len(w.bank.asked) != 1 || len(w.queue.sent) != 0 {
		t.Errorf("asked %q and sent %+v", w.bank.asked, w.queue.sent)
	}
}

func TestWhoDoesNotGivesItBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		if err := w.Handle(t.Context(), seat("1", "broke-bob")); err != nil {
			t.Fatal(err)
		}
	}
	w.requireCharged(t, 0, 1)
	want := Command{Tenant: "default", Course: "go-101", Learner: "broke-bob", Key: "payment-refused-1", Correlation: "story"}
	if !slices.Equal(w.queue.sent, []Command{want}) {
		t.Errorf("sent %+v, want %+v", w.queue.sent, want)
	}
}

// Whoever gets a seat again is charged again: another event, another key.
func TestASecondSeatIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"1", "2"} {
		if err := w.Handle(t.Context(), seat(id, "broke-bob")); err != nil {
			t.Fatal(err)
		}
	}
	w.requireCharged(t, 0, 2)
	if len(w.queue.sent) != 2 || w.queue.sent[0].Key == w.queue.sent[1].Key {
		t.Errorf("sent %+v", w.queue.sent)
	}
}

// It may fail, or die, at any point between two steps, again and again; the event comes again, and each effect is there once.
func TestEachStepMayFail(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(w world, fail func() error){
		"before the bank has charged":     func(w world, fail func() error) { w.bank.before = fail },
		"after the bank has charged":      func(w world, fail func() error) { w.bank.after = fail },
		"before the queue has taken it":   func(w world, fail func() error) { w.queue.before = fail },
		"after the queue has taken it":    func(w world, fail func() error) { w.queue.after = fail },
		"nowhere, and not acknowledged":   func(world, func() error) {},
		"at the bank, and then the queue": func(w world, fail func() error) { w.bank.after, w.queue.after = fail, fail },
	} {
		for how, die := range map[string]func(cancel func()) error{
			"an error": func(func()) error { return errAway },
			// What this service has not written down yet is never written.
			"a crash": func(cancel func()) error { cancel(); return nil },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				var ctx context.Context
				var cancel func()
				failures := 4
				breaks(w, func() error {
					if failures--; failures < 0 {
						return nil
					}
					return die(cancel)
				})
				for range 10 {
					ctx, cancel = context.WithCancel(t.Context())
					for _, e := range []Event{seat("1", "ada"), seat("2", "broke-bob")} {
						_ = w.Handle(ctx, e) // whatever it says, the event comes again
					}
					cancel()
				}
				w.requireCharged(t, 1, 1)
				if len(w.bank.charged) != 2 {
					t.Errorf("charged under %d keys: %v", len(w.bank.charged), w.bank.charged)
				}
				if len(w.queue.sent) == 0 {
					t.Error("nothing was sent")
				}
				for _, c := range w.queue.sent {
					if c != w.queue.sent[0] {
						t.Errorf("sent %+v and %+v: to roster these are two", w.queue.sent[0], c)
					}
				}
			})
		}
	}
}

// Where the bank says otherwise the second time, what was written down holds.
func TestWhatWasDecidedHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Handle(t.Context(), seat("1", "ada")); err != nil {
		t.Fatal(err)
	}
	w.bank.charged["1"] = false
	if err := w.Handle(t.Context(), seat("1", "ada")); err != nil || len(w.queue.sent) > 0 {
		t.Errorf("%v; sent %+v", err, w.queue.sent)
	}
}

func TestReadEvent(t *testing.T) {
	t.Parallel()
	body := `{"type":"learner.promoted","schemaVersion":1,"eventId":"1","occurredAt":"2026-11-20T08:00:00Z",` +
		`"correlationId":"story","aggregateId":"go-101","tenant":"default","sequence":5,"new":[1],"data":{"learnerId":"ada","enrollmentId":"e","new":true}}`
	if e, err := ReadEvent([]byte(body)); err != nil || e != seat("1", "ada") {
		t.Errorf("%+v, %v", e, err)
	}
	for _, bad := range []string{
		``, `{}`, strings.Replace(body, `"schemaVersion":1`, `"schemaVersion":2`, 1), strings.Replace(body, `"ada"`, `""`, 1),
		strings.Replace(body, `"eventId":"1",`, ``, 1), strings.Replace(body, `"ada"`, `7`, 1),
	} {
		if _, err := ReadEvent([]byte(bad)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// The published vectors of FNV-1a, so that this service and roster can't drift apart together.
func TestSubject(t *testing.T) {
	t.Parallel()
	for course, want := range map[string]string{
		"a":      "roster.commands.default.12", // e40c292c
		"foobar": "roster.commands.default.8",  // bf9cf968
	} {
		if got := subjectOf(Command{Tenant: "default", Course: course}); got != want {
			t.Errorf("%s: %s, want %s", course, got, want)
		}
	}
}

func (w world) requireCharged(t *testing.T, accepted, refused int) {
	t.Helper()
	a, r, err := w.Charged(t.Context())
	if err != nil || a != accepted || r != refused {
		t.Errorf("%d accepted and %d refused, %v; want %d and %d", a, r, err, accepted, refused)
	}
}
