package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

// fates is what users are told; a kind that is missing here, or dealt with otherwise, fails.
var fates = map[domain.Kind]string{
	"invalid_argument": "bury", "course_not_found": "bury", "course_full": "done", "course_closed": "done",
	"already_enrolled": "done", "already_waitlisted": "done", "not_enrolled": "done", "unauthenticated": "bury",
	"forbidden": "bury", "not_found": "bury", "precondition_failed": "done", "idempotency_key_reused": "bury", "idempotency_in_progress": "retry",
	"unavailable": "retry", "internal": "retry, then bury",
}

// expect has commands answer once with r, and ever after as the fate of r has it, and letters get what is to be buried.
func expect(t *testing.T, r ports.Reply, fate string) (*portsmock.MockCommands, *portsmock.MockDeadLetters) {
	control := gomock.NewController(t)
	commands, dead := portsmock.NewMockCommands(control), portsmock.NewMockDeadLetters(control)
	l := letter("default", 1)
	first := commands.EXPECT().Submit(gomock.Any(), l.Command).Return([]ports.Reply{r})
	switch fate {
	case "retry":
		commands.EXPECT().Submit(gomock.Any(), l.Command).Return([]ports.Reply{{Outcomes: make([]ports.Outcome, 1)}}).After(first)
	case "retry, then bury":
		commands.EXPECT().Submit(gomock.Any(), l.Command).Return([]ports.Reply{r}).Times(2).After(first)
	}
	if fate == "bury" || fate == "retry, then bury" {
		dead.EXPECT().PutDeadLetters(gomock.Any(), queue, gomock.Len(1)).DoAndReturn(
			func(_ context.Context, _ ports.Actor, got []ports.DeadLetter) error {
				_, err := r.One()
				d := got[0]
				if d.ID != l.ID || d.By != queue || d.Key != l.Command.Key || d.Learner != "default-1" || string(d.Body) != "default-1" ||
					d.Reason != ports.KindOf(err) || d.Detail != err.Error() || d.At.IsZero() || d.At.Nanosecond()%1000 != 0 {
					t.Errorf("buried %+v", d)
				}
				if tries := map[string]int{"bury": 1, "retry, then bury": 3}[fate]; d.Attempts != tries {
					t.Errorf("buried after %d tries, want %d", d.Attempts, tries)
				}
				return nil
			})
	}
	return commands, dead
}

func TestEveryKindHasADisposition(t *testing.T) {
	t.Parallel()
	for _, kind := range ports.Kinds() {
		for form, reply := range map[string]ports.Reply{
			"error":   {Err: fmt.Errorf("submit: %w", kind)},
			"refusal": {Outcomes: []ports.Outcome{{Refused: kind}}},
		} {
			t.Run(string(kind)+"/"+form, func(t *testing.T) {
				t.Parallel()
				fate, ok := fates[kind]
				if !ok || !worker.Knows(kind) {
					t.Fatal("no fate is promised for it, or the table lacks it")
				}
				synctest.Test(t, func(t *testing.T) {
					commands, dead := expect(t, reply, fate)
					replies, err := worker.New(commands, dead, quiet).Handle(t.Context(), []ports.QueuedCommand{letter("default", 1)})
					if err != nil || len(replies) != 1 {
						t.Fatalf("%v, %v", replies, err)
					}
					_, err = replies[0].One()
					if want := fate != "retry"; errors.Is(err, kind) != want {
						t.Errorf("the reply is %+v", replies[0])
					}
				})
			})
		}
	}
}

func TestErrorWithoutAKindIsInternal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(int, ports.Command) error { return errors.New("SELECT secret") }
		replies, err := newWorker(c).Handle(t.Context(), letters("default", 1))
		if err != nil || replies[0].Err != ports.ErrInternal {
			t.Errorf("%v, %v; want a reply that shows nothing of the inside", replies, err)
		}
		if d := c.dead["default"]["id-default-0"]; d.Reason != ports.ErrInternal || d.Detail != "SELECT secret" {
			t.Errorf("buried %+v", d)
		}
	})
}
