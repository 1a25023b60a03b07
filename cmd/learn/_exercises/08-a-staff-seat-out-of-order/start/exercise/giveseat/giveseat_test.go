// Package giveseat tests the whole service: a seat out of order, on a store in memory.
package giveseat_test

import (
	"testing"

	"example.com/roster/application/servicetest"
	"example.com/roster/ports"
)

func TestGiveSeat(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	s.Given("put capacity=1; enroll ada; enroll bob; enroll cyd; put open=false; withdraw ada")
	give := ports.GiveSeat{Course: servicetest.Course, Learner: "cyd", Reason: "last term before graduation"}
	if _, err := s.Submit(t.Context(), ports.Command{By: servicetest.Staff, Actions: []ports.Action{give}})[0].One(); err != nil {
		t.Errorf("staff give a seat: %v", err)
	}
}
