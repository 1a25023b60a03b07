package proof_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"example.com/roster/cmd/example/payments/charging"
	"example.com/roster/domain"
	"example.com/roster/ports/portstest"
)

// If a learner can't pay, the payments service withdraws the learner through the queue, and the next on the waitlist gets the seat,
// until one can pay. Then the payments service receives all events again, and no withdrawal happens twice.
func TestSaga(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	s.start(t, new(bytes.Buffer), "--log-level", "error")
	_, js := jetStream(t, s.embeddedBroker(t))

	pay := func(file string) (stop func()) {
		cashier, err := charging.Open(t.Context(), file, charging.Rule{}, charging.NewQueue(js))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() {
			if err := cashier.Follow(ctx, js, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
		return func() { cancel(); running.Wait(); _ = cashier.Close() }
	}
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "2")
	s.must(t, "", "enroll", "go", "ada")
	s.must(t, "", "enroll", "go", "broke-bob")
	s.must(t, "", "enroll", "go", "broke-cyd")
	s.must(t, "", "enroll", "go", "dan")
	s.must(t, "", "enroll", "go", "eve")
	s.published(t)

	file := filepath.Join(t.TempDir(), "payments.db")
	stop := pay(file)
	enrolled := func() []string {
		all := names(allStandings(t, s.open(t), "go", domain.Enrolled))
		slices.Sort(all)
		return all
	}
	portstest.Eventually(t, "the learners who can pay have the seats", func() bool { return slices.Equal(enrolled(), []string{"ada", "dan"}) })
	if waiting := names(allStandings(t, s.open(t), "go", domain.Waitlisted)); !slices.Equal(waiting, []string{"eve"}) {
		t.Errorf("the waitlist is %v, want eve", waiting)
	}
	stop()

	// Without its database and its consumer, the payments service receives all events and sends all commands again, under the same keys.
	before, err := s.open(t).Course(t.Context(), tenant, "go")
	if err != nil {
		t.Fatal(err)
	}
	s.published(t)
	if err := js.DeleteConsumer(t.Context(), "ROSTER_EVENTS", "payments"); err != nil {
		t.Fatal(err)
	}
	defer pay(filepath.Join(t.TempDir(), "payments.db"))()
	portstest.Eventually(t, "all events are delivered again", func() bool {
		consumer, err := js.Consumer(t.Context(), "ROSTER_EVENTS", "payments")
		if err != nil {
			return false
		}
		state := consumer.CachedInfo()
		return state.Delivered.Stream > 0 && state.NumPending == 0 && state.NumAckPending == 0
	})
	queueEmpty(t, js)
	if after, err := s.open(t).Course(t.Context(), tenant, "go"); err != nil || after != before {
		t.Errorf("the course was %+v, and is %+v, %v", before, after, err)
	}
	s.mustCheck(t)
}

// A slow bank reports each charge and waits for the answer.
type slowBank struct {
	asked  chan string
	answer chan bool
}

func (b slowBank) Charge(ctx context.Context, key, _ string) (accepted bool, err error) {
	select {
	case b.asked <- key:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case accepted = <-b.answer:
		return accepted, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// An unnamed queue sends commands that name no enrollment, as the payments service did once.
type unnamed struct{ charging.Queue }

func (q unnamed) Send(ctx context.Context, c charging.Command) error {
	c.Enrollment = ""
	return q.Queue.Send(ctx, c)
}

// The bank refuses after the learner has left and enrolled again. The command to withdraw must not end the later enrollment, which is paid
// for.
func TestLateCompensation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queue func(charging.Queue) charging.Queue
		want  domain.Status
	}{
		"named":           {func(q charging.Queue) charging.Queue { return q }, domain.Enrolled},
		"unnamed: a loss": {func(q charging.Queue) charging.Queue { return unnamed{q} }, domain.Withdrawn}, // else the test is too weak
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, "memory")
			s.start(t, new(bytes.Buffer), "--log-level", "error")
			_, js := jetStream(t, s.embeddedBroker(t))
			s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
			s.must(t, "", "enroll", "go", "bob")
			s.published(t)

			bank := slowBank{make(chan string), make(chan bool)}
			cashier, err := charging.Open(t.Context(), filepath.Join(t.TempDir(), "payments.db"), bank, c.queue(charging.NewQueue(js)))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() { _ = cashier.Follow(ctx, js, slog.New(slog.DiscardHandler)) })
			defer func() { cancel(); running.Wait(); _ = cashier.Close() }()
			portstest.Receive(t, "the first charge", bank.asked)
			s.must(t, "", "withdraw", "go", "bob")
			s.must(t, "", "enroll", "go", "bob")
			bank.answer <- false
			portstest.Receive(t, "the second charge", bank.asked) // so the compensation of the first is in the queue
			bank.answer <- true
			queueEmpty(t, js)
			if got, err := s.open(t).Standing(t.Context(), tenant, "go", "bob"); err != nil || got.Status != c.want {
				t.Errorf("the later enrollment is %s, %v; want %s", got.Status, err, c.want)
			}
			s.mustCheck(t)
		})
	}
}
