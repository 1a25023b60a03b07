package application_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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

// Histories are linearizable, too, if some commands are all or nothing and concern two courses: no other command sees a part of one.
func TestAllOrNothingIsLinearizable(t *testing.T) {
	t.Parallel()
	for range 60 {
		var history []porcupine.Operation
		synctest.Test(t, func(t *testing.T) { history = rushOnTwo(t, 4, 10) })
		if got := porcupine.CheckOperationsTimeout(twoRosters(), history, 2*time.Minute); got != porcupine.Ok {
			t.Fatalf("the history is %s", got)
		}
	}
}

// rushOnTwo is [rush] on two courses. Half of the commands are all or nothing, with two actions or three.
func rushOnTwo(t *testing.T, callers, each int) (history []porcupine.Operation) {
	store := newGate(func(context.Context, ports.Need) error {
		time.Sleep(rand.N(300 * time.Microsecond)) // steady: in a bubble
		if rand.N(20) == 0 {
			return fmt.Errorf("%w: no connection", ports.ErrUnavailable)
		}
		return nil
	})
	store.more = rand.N(2) == 0
	g := newBatcher(t, store, application.BatcherOptions{MaxBatches: 3})
	for _, course := range []domain.CourseID{"c", "d"} {
		for g.Submit(t.Context(), putOn(course, 2))[0].Err != nil {
		}
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	var now atomic.Int64 // a logical clock, because in a bubble much happens at one time
	for client := range callers {
		running.Go(func() {
			for range each {
				c := ports.Command{By: staff, Actions: []ports.Action{onOneOfTwo()}}
				if c.AllOrNothing = rand.N(2) == 0; c.AllOrNothing {
					for range 1 + rand.N(2) {
						c.Actions = append(c.Actions, onOneOfTwo())
					}
				}
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

func onOneOfTwo() ports.Action {
	course, learner := []domain.CourseID{"c", "d"}[rand.N(2)], domain.LearnerID(fmt.Sprint("l-", rand.N(4)))
	if rand.N(2) == 0 {
		return ports.Withdraw{Course: course, Learner: learner}
	}
	return ports.Enroll{Course: course, Learner: learner}
}

func observedOf(c ports.Command, r ports.Reply) string {
	if !c.AllOrNothing {
		return observed(r.One())
	}
	_, err := r.All()
	if refusal, ok := errors.AsType[*ports.Refusal](err); ok {
		return fmt.Sprint("refused at ", refusal.Action)
	}
	if err != nil {
		return observed(ports.Outcome{}, err)
	}
	return "done"
}

// twoRosters models the courses c and d, each by [roster].
func twoRosters() porcupine.Model {
	one := roster(2)
	return porcupine.Model{
		Init: func() any { return [2]string{one.Init().(string), one.Init().(string)} },
		Step: func(before, input, output any) (bool, any) {
			state, c := before.([2]string), input.(ports.Command)
			for n, a := range c.Actions {
				i, expected := int(a.CourseID()[0]-'c'), output
				if c.AllOrNothing {
					expected = ""
				}
				ok, next := one.Step(state[i], a, expected)
				if !c.AllOrNothing {
					state[i] = next.(string)
					return ok, state
				}
				if next == state[i] { // refused
					return output == "" || output == fmt.Sprint("refused at ", n+1), before
				}
				state[i] = next.(string)
			}
			return output == "" || output == "done", state
		},
	}
}
