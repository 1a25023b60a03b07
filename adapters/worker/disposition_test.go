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

// dispositions is what the documentation promises. A kind that is missing here, or has another disposition, fails.
var dispositions = map[domain.Kind]string{
	"invalid_argument": "dead-letter", "course_not_found": "dead-letter", "course_full": "done", "course_closed": "done",
	"already_enrolled": "done", "already_waitlisted": "done", "not_enrolled": "done", "enrollment_mismatch": "done", "already_exists": "done", "unauthenticated": "dead-letter",
	"forbidden": "dead-letter", "not_found": "dead-letter", "precondition_failed": "done",
	"idempotency_key_reused": "dead-letter", "idempotency_in_progress": "retry",
	"unavailable": "retry", "internal": "retry, then dead-letter",
}

// expect returns mocks. Commands reply with r, and then as the disposition of r says; dead letters expect what must be stored.
func expect(t *testing.T, r ports.Reply, disposition string) (*portsmock.MockCommands, *portsmock.MockDeadLetters) {
	control := gomock.NewController(t)
	commands, dead := portsmock.NewMockCommands(control), portsmock.NewMockDeadLetters(control)
	queued := queuedCommand("default", 1)
	first := commands.EXPECT().Submit(gomock.Any(), queued.Command).Return([]ports.Reply{r})
	switch disposition {
	case "retry":
		commands.EXPECT().Submit(gomock.Any(), queued.Command).Return([]ports.Reply{{Outcomes: make([]ports.Outcome, 1)}}).After(first)
	case "retry, then dead-letter":
		commands.EXPECT().Submit(gomock.Any(), queued.Command).Return([]ports.Reply{r}).Times(2).After(first)
	}
	if disposition == "dead-letter" || disposition == "retry, then dead-letter" {
		dead.EXPECT().PutDeadLetters(gomock.Any(), queue, gomock.Len(1)).DoAndReturn(
			func(_ context.Context, _ ports.Actor, got []ports.DeadLetter) error {
				_, err := r.One()
				d := got[0]
				if d.ID != queued.ID || d.By != queue || d.Key != queued.Command.Key || d.Learner != "default-1" || string(d.Body) != "default-1" ||
					d.Reason != ports.KindOf(err) || d.Detail != err.Error() || d.At.IsZero() || d.At.Nanosecond()%1000 != 0 {
					t.Errorf("stored %+v", d)
				}
				if attempts := map[string]int{"dead-letter": 1, "retry, then dead-letter": 3}[disposition]; d.Attempts != attempts {
					t.Errorf("stored after %d attempts, want %d", d.Attempts, attempts)
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
				disposition, ok := dispositions[kind]
				if !ok || !worker.HasDisposition(kind) {
					t.Fatal("no disposition is promised, or the table lacks it")
				}
				synctest.Test(t, func(t *testing.T) {
					commands, dead := expect(t, reply, disposition)
					replies, err := worker.New(commands, dead, quiet).Handle(t.Context(), []ports.QueuedCommand{queuedCommand("default", 1)})
					if err != nil || len(replies) != 1 {
						t.Fatalf("%v, %v", replies, err)
					}
					_, err = replies[0].One()
					if want := disposition != "retry"; errors.Is(err, kind) != want {
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
		replies, err := newWorker(c).Handle(t.Context(), queuedCommands("default", 1))
		if err != nil || replies[0].Err != ports.ErrInternal {
			t.Errorf("%v, %v; want a reply without internal details", replies, err)
		}
		if d := c.dead["default"]["id-default-0"]; d.Reason != ports.ErrInternal || d.Detail != "SELECT secret" {
			t.Errorf("stored %+v", d)
		}
	})
}
