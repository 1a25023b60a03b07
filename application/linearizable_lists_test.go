package application_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/roster/ports"
)

// Histories are linearizable, too, if some commands are all or nothing and concern two courses: no other command sees a part of one.
func TestAllOrNothingIsLinearizable(t *testing.T) {
	t.Parallel()
	requireLinearizable(t, 60, twoRosters(), func(t *testing.T) []porcupine.Operation { return rush(t, 4, 10, onTwo, "c", "d") })
}

// onTwo returns a command on the courses c and d. Half of them are all or nothing, with two actions or three.
func onTwo() ports.Command {
	c := ports.Command{By: staff, Actions: []ports.Action{anyOf(4, "c", "d")}}
	if c.AllOrNothing = rand.N(2) == 0; c.AllOrNothing {
		for range 1 + rand.N(2) {
			c.Actions = append(c.Actions, anyOf(4, "c", "d"))
		}
	}
	return c
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
				ok, next := one.Step(state[i], ports.Command{Actions: []ports.Action{a}}, expected)
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
