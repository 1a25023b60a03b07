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

var errUnavailable = errors.New("unavailable")

// A bank stores each key, and may fail before or after it charges.
type bank struct {
	Rule
	calls   []string        // keys, in order
	charged map[string]bool // the answer for a key
	before  func() error
	after   func() error
}

func (b *bank) Charge(ctx context.Context, key, learner string) (bool, error) {
	b.calls = append(b.calls, key)
	if err := b.before(); err != nil {
		return false, err
	}
	if _, ok := b.charged[key]; !ok {
		b.charged[key], _ = b.Rule.Charge(ctx, key, learner)
	}
	return b.charged[key], b.after()
}

// A queue that may fail before or after it stores a command.
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

// A fixture is a cashier with its bank and its queue.
type fixture struct {
	*Cashier
	bank  *bank
	queue *fakeQueue
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	succeed := func() error { return nil }
	f := fixture{
		bank:  &bank{charged: map[string]bool{}, before: succeed, after: succeed},
		queue: &fakeQueue{before: succeed, after: succeed},
	}
	var err error
	if f.Cashier, err = Open(t.Context(), filepath.Join(t.TempDir(), "payments.db"), f.bank, f.queue); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func seat(id, learner string) Event {
	e := Event{ID: id, Version: 1, Correlation: "story", Tenant: "default", Course: "go-101"}
	e.Data.Learner, e.Data.Enrollment = learner, "e"
	return e
}

func TestAnAcceptedChargeKeepsTheSeat(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		if err := f.Handle(t.Context(), seat("1", "ada")); err != nil {
			t.Fatal(err)
		}
	}
	f.requireCharged(t, 1, 0)
	if len(f.bank.calls) != 1 || len(f.queue.sent) != 0 {
		t.Errorf("called with %q and sent %+v", f.bank.calls, f.queue.sent)
	}
}

func TestARefusedChargeWithdraws(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		if err := f.Handle(t.Context(), seat("1", "broke-bob")); err != nil {
			t.Fatal(err)
		}
	}
	f.requireCharged(t, 0, 1)
	want := Command{Tenant: "default", Course: "go-101", Learner: "broke-bob", Enrollment: "e", Key: "payment-refused-1", Correlation: "story"}
	if !slices.Equal(f.queue.sent, []Command{want}) {
		t.Errorf("sent %+v, want %+v", f.queue.sent, want)
	}
}

// A learner who gets a seat again is charged again: another event, another key.
func TestASecondSeatIsChargedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, id := range []string{"1", "2"} {
		if err := f.Handle(t.Context(), seat(id, "broke-bob")); err != nil {
			t.Fatal(err)
		}
	}
	f.requireCharged(t, 0, 2)
	if len(f.queue.sent) != 2 || f.queue.sent[0].Key == f.queue.sent[1].Key {
		t.Errorf("sent %+v", f.queue.sent)
	}
}

// The service may fail or die between any two steps, repeatedly: the event is redelivered, and each effect happens once.
func TestEachStepMayFail(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(f fixture, fail func() error){
		"before the bank has charged":     func(f fixture, fail func() error) { f.bank.before = fail },
		"after the bank has charged":      func(f fixture, fail func() error) { f.bank.after = fail },
		"before the queue has stored it":  func(f fixture, fail func() error) { f.queue.before = fail },
		"after the queue has stored it":   func(f fixture, fail func() error) { f.queue.after = fail },
		"nowhere, and not acknowledged":   func(fixture, func() error) {},
		"at the bank, and then the queue": func(f fixture, fail func() error) { f.bank.after, f.queue.after = fail, fail },
	} {
		for how, die := range map[string]func(cancel func()) error{
			"an error": func(func()) error { return errUnavailable },
			// The service stores nothing after this.
			"a crash": func(cancel func()) error { cancel(); return nil },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				var ctx context.Context
				var cancel func()
				failures := 4
				breaks(f, func() error {
					if failures--; failures < 0 {
						return nil
					}
					return die(cancel)
				})
				for range 10 {
					ctx, cancel = context.WithCancel(t.Context())
					for _, e := range []Event{seat("1", "ada"), seat("2", "broke-bob")} {
						_ = f.Handle(ctx, e) // whatever it returns, the event is redelivered
					}
					cancel()
				}
				f.requireCharged(t, 1, 1)
				if len(f.bank.charged) != 2 {
					t.Errorf("charged under %d keys: %v", len(f.bank.charged), f.bank.charged)
				}
				if len(f.queue.sent) == 0 {
					t.Error("nothing was sent")
				}
				for _, c := range f.queue.sent {
					if c != f.queue.sent[0] {
						t.Errorf("sent %+v and %+v: roster would run both", f.queue.sent[0], c)
					}
				}
			})
		}
	}
}

// If the bank answers otherwise the second time, the stored result counts.
func TestTheStoredResultCounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := f.Handle(t.Context(), seat("1", "ada")); err != nil {
		t.Fatal(err)
	}
	f.bank.charged["1"] = false
	if err := f.Handle(t.Context(), seat("1", "ada")); err != nil || len(f.queue.sent) > 0 {
		t.Errorf("%v; sent %+v", err, f.queue.sent)
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
		strings.Replace(body, `"enrollmentId":"e",`, ``, 1),
		strings.Replace(body, `"eventId":"1",`, ``, 1), strings.Replace(body, `"ada"`, `7`, 1),
	} {
		if _, err := ReadEvent([]byte(bad)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// The published vectors of FNV-1a: this service and roster can't both change without notice.
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

func (f fixture) requireCharged(t *testing.T, accepted, refused int) {
	t.Helper()
	a, r, err := f.Charged(t.Context())
	if err != nil || a != accepted || r != refused {
		t.Errorf("%d accepted and %d refused, %v; want %d and %d", a, r, err, accepted, refused)
	}
}
