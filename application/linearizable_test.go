package application_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Histories are linearizable (Herlihy and Wing, "Linearizability", 1990), also if some outcomes are unknown to their callers.
func TestBatcherIsLinearizable(t *testing.T) {
	t.Parallel()
	requireLinearizable(t, 100, roster(2), func(t *testing.T) []porcupine.Operation { return rush(t, 4, 15, onOne, "c") })
}

// requireLinearizable records histories until so many are checked by the model. They are short, and those with more than six unknown
// outcomes, about a third, are not checked: each unknown outcome doubles the possibilities, and one history of thousands would take hours.
func requireLinearizable(t *testing.T, histories int, m porcupine.Model, record func(t *testing.T) []porcupine.Operation) {
	t.Helper()
	recorded, withUnknown := 0, 0
	for checked := 0; checked < histories; recorded++ {
		if recorded == 4*histories {
			t.Fatalf("only %d of %d histories have at most six unknown outcomes", checked, recorded)
		}
		var history []porcupine.Operation
		synctest.Test(t, func(t *testing.T) { history = record(t) }) // in a bubble, so that a slow machine does not end all contexts
		unknown := 0
		for _, op := range history {
			if op.Output == "" {
				unknown++
			}
		}
		if unknown > 6 {
			continue
		}
		checked++
		if unknown > 0 {
			withUnknown++
		}
		if got := porcupine.CheckOperationsTimeout(m, history, 0); got != porcupine.Ok {
			t.Fatalf("the history is %s", got)
		}
	}
	if withUnknown == 0 {
		t.Error("no history had an unknown outcome")
	}
}

// rush runs callers with short timeouts against courses with two seats, on a store that is unavailable now and then, and returns the
// history of the commands that next makes.
func rush(t *testing.T, callers, each int, next func() ports.Command, courses ...domain.CourseID) (history []porcupine.Operation) {
	store := newGate(func(context.Context, ports.Need) error {
		time.Sleep(rand.N(300 * time.Microsecond)) // steady: in a bubble
		if rand.N(20) == 0 {
			return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
		}
		return nil
	})
	store.more = rand.N(2) == 0
	g := newBatcher(t, store, application.BatcherOptions{MaxBatches: 3})
	for _, course := range courses {
		for g.Submit(t.Context(), putOn(course, 2))[0].Err != nil {
		}
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	var now atomic.Int64 // a logical clock, because in a bubble much happens at one time
	for client := range callers {
		running.Go(func() {
			for range each {
				c := next()
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(8*time.Millisecond)) // steady: in a bubble
				op := porcupine.Operation{ClientId: client, Input: c, Call: now.Add(1)}
				op.Output = observedOf(c, g.Submit(ctx, c)[0])
				op.Return = now.Add(1)
				cancel()
				if op.Output == "" { // unknown: it may take effect at any time, or never
					op.Return = math.MaxInt64
				}
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return history
}

// onOne returns a command of one action of one of five learners on the course c.
func onOne() ports.Command { return ports.Command{By: staff, Actions: []ports.Action{anyOf(5, "c")}} }

// anyOf returns an action of one of so many learners on one of the courses.
func anyOf(learners int, courses ...domain.CourseID) ports.Action {
	course, learner := courses[rand.N(len(courses))], domain.LearnerID(fmt.Sprint("l-", rand.N(learners)))
	if rand.N(2) == 0 {
		return ports.Withdraw{Course: course, Learner: learner}
	}
	return ports.Enroll{Course: course, Learner: learner}
}

// observed is what a caller knows of an outcome: nothing if the command may or may not have run.
func observed(o ports.Outcome, err error) string {
	if errors.Is(err, ports.ErrUnavailable) {
		return ""
	}
	if err != nil {
		return string(ports.KindOf(err))
	}
	return fmt.Sprint(o.Standing.Status, " ", o.Position)
}

// roster models a course with so many seats: the enrolled learners, then the waitlist in order.
func roster(seats int) porcupine.Model {
	type state = string // enrolled|waiting, each with commas
	split := func(s state) (enrolled, line []string) {
		e, l, _ := strings.Cut(s, "|")
		return strings.FieldsFunc(e, comma), strings.FieldsFunc(l, comma)
	}
	join := func(enrolled, line []string) state {
		slices.Sort(enrolled)
		return strings.Join(enrolled, ",") + "|" + strings.Join(line, ",")
	}
	act := func(s state, action ports.Action) (state, string) {
		enrolled, line := split(s)
		switch a := action.(type) {
		case ports.Enroll:
			l := string(a.Learner)
			switch {
			case slices.Contains(enrolled, l):
				return s, "already_enrolled"
			case slices.Contains(line, l):
				return s, "already_waitlisted"
			case len(enrolled) < seats:
				return join(append(enrolled, l), line), "enrolled 0"
			}
			return join(enrolled, append(line, l)), fmt.Sprint("waitlisted ", len(line)+1)
		case ports.Withdraw:
			l := string(a.Learner)
			if i := slices.Index(line, l); i >= 0 {
				return join(enrolled, slices.Delete(line, i, i+1)), "withdrawn 0"
			}
			i := slices.Index(enrolled, l)
			if i < 0 {
				return s, "not_enrolled"
			}
			enrolled = slices.Delete(enrolled, i, i+1)
			if len(line) > 0 {
				enrolled, line = append(enrolled, line[0]), line[1:]
			}
			return join(enrolled, line), "withdrawn 0"
		}
		panic("no such action")
	}
	return porcupine.Model{
		Init: func() any { return "|" },
		Step: func(s, input, output any) (bool, any) {
			next, want := act(s.(state), input.(ports.Command).Actions[0])
			return output == "" || output == want, next // an unknown outcome may be the last, as if it never took effect
		},
	}
}

func comma(r rune) bool { return r == ',' }
