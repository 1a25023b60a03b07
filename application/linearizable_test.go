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
	for range 100 { // short histories, because each unknown outcome doubles the possibilities
		var history []porcupine.Operation
		synctest.Test(t, func(t *testing.T) { // in a bubble, so that a slow machine does not end all contexts
			history = rush(t, 4, 15)
		})
		known := slices.IndexFunc(history, func(op porcupine.Operation) bool { return op.Output != "" })
		if known < 0 {
			t.Fatal("no command was answered")
		}
		if got := porcupine.CheckOperationsTimeout(roster(2), history, 2*time.Minute); got != porcupine.Ok {
			t.Fatalf("the history is %s", got)
		}
	}
}

// rush runs callers with short timeouts against two seats, on a store that is unavailable now and then, and returns the history.
func rush(t *testing.T, callers, each int) (history []porcupine.Operation) {
	store := newGate(func(context.Context, ports.Need) error {
		time.Sleep(rand.N(300 * time.Microsecond)) // steady: in a bubble
		if rand.N(20) == 0 {
			return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
		}
		return nil
	})
	store.more = rand.N(2) == 0
	g := newBatcher(t, store, application.BatcherOptions{MaxBatches: 3})
	for g.Submit(t.Context(), putOn("c", 2))[0].Err != nil {
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	var now atomic.Int64 // a logical clock, because in a bubble much happens at one time
	for client := range callers {
		running.Go(func() {
			for range each {
				learner := domain.LearnerID(fmt.Sprint("l-", rand.N(5)))
				var action ports.Action = ports.Enroll{Course: "c", Learner: learner}
				if rand.N(2) == 0 {
					action = ports.Withdraw{Course: "c", Learner: learner}
				}
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(8*time.Millisecond)) // steady: in a bubble
				op := porcupine.Operation{ClientId: client, Input: action, Call: now.Add(1)}
				o, err := g.Submit(ctx, ports.Command{By: staff, Actions: []ports.Action{action}})[0].One()
				op.Return = now.Add(1)
				cancel()
				op.Output = observed(o, err)
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
			next, want := act(s.(state), input.(ports.Action))
			return output == "" || output == want, next // an unknown outcome may be the last, as if it never took effect
		},
	}
}

func comma(r rune) bool { return r == ',' }
