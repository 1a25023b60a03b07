package worker_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

var operator = ports.Actor{Tenant: "default", Subject: "cli:ada", Role: ports.Staff}

// read reads the bodies that [letter] writes.
func read(tenant domain.TenantID, body []byte) (ports.Command, error) {
	if !strings.HasPrefix(string(body), string(tenant)) {
		return ports.Command{}, fmt.Errorf("%w: no command", domain.ErrInvalidArgument)
	}
	return ports.Command{Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: domain.LearnerID(body)}}}, nil
}

// missing returns a core without the course, where the letters have been buried for that, and what makes the course.
func missing(t *testing.T, letters []ports.QueuedCommand) (*core, func()) {
	t.Helper()
	c, made := newCore(), false
	c.refuse = func(ports.Command) domain.Kind {
		if made {
			return ""
		}
		return domain.ErrCourseNotFound
	}
	if _, err := newWorker(c).Handle(t.Context(), letters); err != nil || len(c.dead["default"]) != len(letters) {
		t.Fatalf("%v, %d buried", err, len(c.dead["default"]))
	}
	return c, func() { made = true }
}

func repair(t *testing.T, c *core, dryRun bool) (told []worker.Repaired, err error) {
	err = worker.Repair(t.Context(), c, operator, read, dryRun, func(r worker.Repaired) error {
		told = append(told, r)
		return nil
	})
	return told, err
}

// shuffled has IDs in another order than the queue, and more of them than a page has.
func shuffled(n int) []ports.QueuedCommand {
	some := letters("default", n)
	for i, at := range rand.Perm(n) {
		some[i].ID = fmt.Sprintf("m-%06d", at)
	}
	return some
}

func TestRepairKeepsTheOrderOfTheQueue(t *testing.T) {
	t.Parallel()
	some := shuffled(1201)
	c, create := missing(t, some)
	create()
	told, err := repair(t, c, false)
	if err != nil || len(told) != len(some) || c.order() != names(some) || len(c.dead["default"]) > 0 {
		t.Fatalf("%v: %d told, %d left, done %.100s", err, len(told), len(c.dead["default"]), c.order())
	}
	for i, r := range told {
		if r.DeadLetter.ID != some[i].ID || r.Outcome != "enrolled" || r.Err != nil || r.DeadLetter.Reason != domain.ErrCourseNotFound {
			t.Fatalf("told %+v", r)
		}
	}
	if by := c.did[0].By; by != queue {
		t.Errorf("it was done in the name of %v", by)
	}
	if told, err = repair(t, c, false); err != nil || len(told) > 0 {
		t.Errorf("there is nothing left: %v, %v", told, err)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	some := shuffled(20)
	c, create := missing(t, some)
	create()
	submits := len(c.submits)
	told, err := repair(t, c, true)
	if err != nil || len(told) != 20 || len(c.submits) != submits || len(c.dead["default"]) != 20 || c.burials != 1 {
		t.Errorf("%v: %d told, %d submits more, %d left", err, len(told), len(c.submits)-submits, len(c.dead["default"]))
	}
	for i, r := range told {
		if r.DeadLetter.ID != some[i].ID || r.Outcome != "" || r.Err != nil {
			t.Errorf("told %+v", r)
		}
	}
}

func TestRepairKeepsThePositionOfFailedCommands(t *testing.T) {
	t.Parallel()
	some := shuffled(20)
	c, create := missing(t, some)
	first := c.dead["default"][some[0].ID]
	for range 2 {
		told, err := repair(t, c, false)
		if err != nil || len(told) != 20 || len(c.dead["default"]) != 20 {
			t.Fatalf("%v: %d told, %d left", err, len(told), len(c.dead["default"]))
		}
		if r := told[0]; r.Outcome != "course_not_found" || !errors.Is(r.Err, domain.ErrCourseNotFound) {
			t.Errorf("told %+v", r)
		}
	}
	if now := c.dead["default"][some[0].ID]; now.Attempts != 3 || !now.At.Equal(first.At) {
		t.Errorf("buried %+v, and then %+v", first, now)
	}
	create()
	if _, err := repair(t, c, false); err != nil || c.order() != names(some) {
		t.Errorf("%v, done %s", err, c.order())
	}
}

// Commands are sent more than once, with other IDs: repairing all of the dead letters does each command once.
func TestRepairRunsDuplicatesOnce(t *testing.T) {
	t.Parallel()
	var some []ports.QueuedCommand
	for i := range 5 {
		for _, l := range letters("default", 4) {
			l.ID = fmt.Sprintf("m-%d-%s", i, l.ID)
			some = append(some, l)
		}
	}
	c, create := missing(t, some)
	odd := c.dead["default"]["m-3-id-default-2"]
	odd.Attempts = 7
	c.dead["default"][odd.ID] = odd
	for range 2 {
		if _, err := repair(t, c, false); err != nil {
			t.Fatal(err)
		}
	}
	create()
	told, err := repair(t, c, false)
	if err != nil || len(told) != 20 || c.order() != names(letters("default", 4)) || len(c.dead["default"]) > 0 {
		t.Errorf("%v: %d told, %d left, done %s", err, len(told), len(c.dead["default"]), c.order())
	}
	if _, err := newWorker(c).Handle(t.Context(), some[:4]); err != nil || len(c.dead["default"]) != 4 {
		t.Fatalf("when they come from the queue again: %v, %d buried", err, len(c.dead["default"]))
	}
	if _, err := repair(t, c, false); err != nil || len(c.did) != 4 || len(c.dead["default"]) > 0 {
		t.Errorf("%v: %d left, done %s", err, len(c.dead["default"]), c.order())
	}
}

func TestRepairOfEachKind(t *testing.T) {
	t.Parallel()
	for _, kind := range ports.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := newCore()
			d := ports.DeadLetter{
				ID: "m-1", By: queue, Key: "k", Body: []byte("default-1"), Reason: "invalid_argument", Attempts: 4, At: time.Unix(0, 0),
			}
			c.dead["default"] = map[string]ports.DeadLetter{"m-1": d}
			c.fail = func(int, ports.Command) error { return fmt.Errorf("submit: %w", kind) }
			told, err := repair(t, c, false)
			left, there := c.dead["default"]["m-1"]
			switch fates[kind] {
			case "done":
				if err != nil || there || len(told) != 1 || told[0].Outcome != string(kind) || told[0].Err != nil {
					t.Errorf("%v, told %+v, left %+v", err, told, left)
				}
			case "retry":
				if !errors.Is(err, kind) || len(told) > 0 || left.Attempts != 4 || left.Reason != "invalid_argument" {
					t.Errorf("%v, told %+v, left %+v", err, told, left)
				}
			default:
				if err != nil || left.Reason != kind || left.Attempts != 5 || len(told) != 1 || !errors.Is(told[0].Err, kind) ||
					told[0].Outcome != string(kind) {
					t.Errorf("%v, told %+v, left %+v", err, told, left)
				}
			}
		})
	}
}

func TestRepairOfInvalidBodies(t *testing.T) {
	t.Parallel()
	c := newCore()
	for i, body := range []string{"nonsense", "default-1"} {
		id := fmt.Sprint("m-", i)
		_ = c.PutDeadLetters(t.Context(), operator, []ports.DeadLetter{{ID: id, By: queue, Key: id, Body: []byte(body), At: time.Unix(0, 0)}})
	}
	told, err := repair(t, c, false)
	if err != nil || len(told) != 2 || told[0].Outcome != "invalid_argument" || told[1].Outcome != "enrolled" ||
		len(c.dead["default"]) != 1 {
		t.Errorf("%v, told %+v", err, told)
	}
}

func TestRepairStopsAtAnError(t *testing.T) {
	t.Parallel()
	some := shuffled(10)
	c, create := missing(t, some)
	create()
	stop := errors.New("the pipe is closed")
	err := worker.Repair(t.Context(), c, operator, read, false, func(worker.Repaired) error { return stop })
	if !errors.Is(err, stop) || len(c.did) != 1 {
		t.Errorf("%v, done %s", err, c.order())
	}
	c.fail = func(submit int, _ ports.Command) error {
		if submit%4 == 0 {
			return errAway
		}
		return nil
	}
	for rounds := 0; len(c.dead["default"]) > 0; rounds++ {
		if _, err := repair(t, c, false); err != nil && !errors.Is(err, ports.ErrUnavailable) || rounds > 20 {
			t.Fatalf("round %d: %v", rounds, err)
		}
	}
	if c.order() != names(some) {
		t.Errorf("done %s", c.order())
	}
}
