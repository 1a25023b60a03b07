package application_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
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

// onOne returns a command of one action on the course c: of one of five learners, or one that changes the capacity.
func onOne() ports.Command {
	if rand.N(6) == 0 {
		return putOn("c", rand.N(5))
	}
	return ports.Command{By: staff, Actions: []ports.Action{anyOf(5, "c")}}
}

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

// roster models a course with so many seats at first: its seats, the enrolled learners, and the waitlist in order.
func roster(seats int) porcupine.Model {
	type state = string // seats|enrolled|waiting, the learners with commas
	split := func(s state) (seats int, enrolled, line []string) {
		parts := strings.Split(s, "|")
		seats, _ = strconv.Atoi(parts[0])
		return seats, strings.FieldsFunc(parts[1], comma), strings.FieldsFunc(parts[2], comma)
	}
	join := func(seats int, enrolled, line []string) state {
		for ; len(enrolled) < seats && len(line) > 0; line = line[1:] {
			enrolled = append(enrolled, line[0])
		}
		slices.Sort(enrolled)
		return fmt.Sprint(seats, "|", strings.Join(enrolled, ","), "|", strings.Join(line, ","))
	}
	act := func(s state, action ports.Action) (state, string) {
		seats, enrolled, line := split(s)
		switch a := action.(type) {
		case ports.PutCourse:
			return join(*a.Capacity, enrolled, line), " 0"
		case ports.Enroll:
			l := string(a.Learner)
			switch {
			case slices.Contains(enrolled, l):
				return s, "already_enrolled"
			case slices.Contains(line, l):
				return s, "already_waitlisted"
			case len(enrolled) < seats:
				return join(seats, append(enrolled, l), line), "enrolled 0"
			}
			return join(seats, enrolled, append(line, l)), fmt.Sprint("waitlisted ", len(line)+1)
		case ports.Withdraw:
			l := string(a.Learner)
			if i := slices.Index(line, l); i >= 0 {
				return join(seats, enrolled, slices.Delete(line, i, i+1)), "withdrawn 0"
			}
			i := slices.Index(enrolled, l)
			if i < 0 {
				return s, "not_enrolled"
			}
			return join(seats, slices.Delete(enrolled, i, i+1), line), "withdrawn 0"
		}
		panic("no such action")
	}
	return porcupine.Model{
		Init: func() any { return join(seats, nil, nil) },
		Step: func(s, input, output any) (bool, any) {
			next, want := act(s.(state), input.(ports.Command).Actions[0])
			return output == "" || output == want, next // an unknown outcome may be the last, as if it never took effect
		},
	}
}

func comma(r rune) bool { return r == ',' }
