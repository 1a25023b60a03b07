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

// read decodes the bodies that [queuedCommand] makes.
func read(tenant domain.TenantID, body []byte) (ports.Command, error) {
	if !strings.HasPrefix(string(body), string(tenant)) {
		return ports.Command{}, fmt.Errorf("%w: not a command", domain.ErrInvalidArgument)
	}
	return ports.Command{Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: domain.LearnerID(body)}}}, nil
}

// missing returns a core without the course, in which the commands are dead letters for that reason, and a function that creates the
// course.
func missing(t *testing.T, batch []ports.QueuedCommand) (*core, func()) {
	t.Helper()
	c, created := newCore(), false
	c.refuse = func(ports.Command) domain.Kind {
		if created {
			return ""
		}
		return domain.ErrCourseNotFound
	}
	if _, err := newWorker(c).Handle(t.Context(), batch); err != nil || len(c.dead["default"]) != len(batch) {
		t.Fatalf("%v, %d dead letters", err, len(c.dead["default"]))
	}
	return c, func() { created = true }
}

func repair(t *testing.T, c *core, dryRun bool) (repaired []worker.Repaired, err error) {
	err = worker.Repair(t.Context(), c, operator, read, dryRun, func(r worker.Repaired) error {
		repaired = append(repaired, r)
		return nil
	})
	return repaired, err
}

// shuffled returns commands whose IDs are not in the order of the queue.
func shuffled(n int) []ports.QueuedCommand {
	batch := queuedCommands("default", n)
	for i, at := range rand.Perm(n) {
		batch[i].ID = fmt.Sprintf("m-%06d", at)
	}
	return batch
}

func TestRepairKeepsTheOrderOfTheQueue(t *testing.T) {
	t.Parallel()
	batch := shuffled(1201)
	c, create := missing(t, batch)
	create()
	repaired, err := repair(t, c, false)
	if err != nil || len(repaired) != len(batch) || c.order() != names(batch) || len(c.dead["default"]) > 0 {
		t.Fatalf("%v: %d repaired, %d left, done %.100s", err, len(repaired), len(c.dead["default"]), c.order())
	}
	for i, r := range repaired {
		if r.DeadLetter.ID != batch[i].ID || r.Outcome != "enrolled" || r.Err != nil || r.DeadLetter.Reason != domain.ErrCourseNotFound {
			t.Fatalf("repaired %+v", r)
		}
	}
	if by := c.done[0].By; by != queue {
		t.Errorf("the actor was %v", by)
	}
	if repaired, err = repair(t, c, false); err != nil || len(repaired) > 0 {
		t.Errorf("without dead letters: %v, %v", repaired, err)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	batch := shuffled(20)
	c, create := missing(t, batch)
	create()
	submits := len(c.submits)
	repaired, err := repair(t, c, true)
	if err != nil || len(repaired) != 20 || len(c.submits) != submits || len(c.dead["default"]) != 20 || c.puts != 1 {
		t.Errorf("%v: %d repaired, %d more submits, %d left", err, len(repaired), len(c.submits)-submits, len(c.dead["default"]))
	}
	for i, r := range repaired {
		if r.DeadLetter.ID != batch[i].ID || r.Outcome != "" || r.Err != nil {
			t.Errorf("repaired %+v", r)
		}
	}
}

func TestRepairKeepsThePositionOfFailedCommands(t *testing.T) {
	t.Parallel()
	batch := shuffled(20)
	c, create := missing(t, batch)
	first := c.dead["default"][batch[0].ID]
	for range 2 {
		repaired, err := repair(t, c, false)
		if err != nil || len(repaired) != 20 || len(c.dead["default"]) != 20 {
			t.Fatalf("%v: %d repaired, %d left", err, len(repaired), len(c.dead["default"]))
		}
		if r := repaired[0]; r.Outcome != "course_not_found" || !errors.Is(r.Err, domain.ErrCourseNotFound) {
			t.Errorf("repaired %+v", r)
		}
	}
	if now := c.dead["default"][batch[0].ID]; now.Attempts != 3 || !now.At.Equal(first.At) {
		t.Errorf("stored %+v, then %+v", first, now)
	}
	create()
	if _, err := repair(t, c, false); err != nil || c.order() != names(batch) {
		t.Errorf("%v, done %s", err, c.order())
	}
}

// If commands were sent more than once, with different IDs, Repair does each command once.
func TestRepairRunsDuplicatesOnce(t *testing.T) {
	t.Parallel()
	var batch []ports.QueuedCommand
	for i := range 5 {
		for _, c := range queuedCommands("default", 4) {
			c.ID = fmt.Sprintf("m-%d-%s", i, c.ID)
			batch = append(batch, c)
		}
	}
	c, create := missing(t, batch)
	odd := c.dead["default"]["m-3-id-default-2"]
	odd.Attempts = 7
	c.dead["default"][odd.ID] = odd
	for range 2 {
		if _, err := repair(t, c, false); err != nil {
			t.Fatal(err)
		}
	}
	create()
	repaired, err := repair(t, c, false)
	if err != nil || len(repaired) != 20 || c.order() != names(queuedCommands("default", 4)) || len(c.dead["default"]) > 0 {
		t.Errorf("%v: %d repaired, %d left, done %s", err, len(repaired), len(c.dead["default"]), c.order())
	}
	if _, err := newWorker(c).Handle(t.Context(), batch[:4]); err != nil || len(c.dead["default"]) != 4 {
		t.Fatalf("after redelivery: %v, %d dead letters", err, len(c.dead["default"]))
	}
	if _, err := repair(t, c, false); err != nil || len(c.done) != 4 || len(c.dead["default"]) > 0 {
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
			repaired, err := repair(t, c, false)
			left, exists := c.dead["default"]["m-1"]
			switch dispositions[kind] {
			case "done":
				if err != nil || exists || len(repaired) != 1 || repaired[0].Outcome != string(kind) || repaired[0].Err != nil {
					t.Errorf("%v, repaired %+v, left %+v", err, repaired, left)
				}
			case "retry":
				if !errors.Is(err, kind) || len(repaired) > 0 || left.Attempts != 4 || left.Reason != "invalid_argument" {
					t.Errorf("%v, repaired %+v, left %+v", err, repaired, left)
				}
			default:
				if err != nil || left.Reason != kind || left.Attempts != 5 || len(repaired) != 1 || !errors.Is(repaired[0].Err, kind) ||
					repaired[0].Outcome != string(kind) {
					t.Errorf("%v, repaired %+v, left %+v", err, repaired, left)
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
	repaired, err := repair(t, c, false)
	if err != nil || len(repaired) != 2 || repaired[0].Outcome != "invalid_argument" || repaired[1].Outcome != "enrolled" ||
		len(c.dead["default"]) != 1 {
		t.Errorf("%v, repaired %+v", err, repaired)
	}
}

func TestRepairStopsAtAnError(t *testing.T) {
	t.Parallel()
	batch := shuffled(10)
	c, create := missing(t, batch)
	create()
	stop := errors.New("pipe closed")
	err := worker.Repair(t.Context(), c, operator, read, false, func(worker.Repaired) error { return stop })
	if !errors.Is(err, stop) || len(c.done) != 1 {
		t.Errorf("%v, done %s", err, c.order())
	}
	c.fail = func(submit int, _ ports.Command) error {
		if submit%4 == 0 {
			return errUnavailable
		}
		return nil
	}
	for rounds := 0; len(c.dead["default"]) > 0; rounds++ {
		if _, err := repair(t, c, false); err != nil && !errors.Is(err, ports.ErrUnavailable) || rounds > 20 {
			t.Fatalf("round %d: %v", rounds, err)
		}
	}
	if c.order() != names(batch) {
		t.Errorf("done %s", c.order())
	}
}
