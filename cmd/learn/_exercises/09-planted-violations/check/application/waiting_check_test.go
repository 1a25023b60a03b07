package application_test

import (
	"testing"
	"time"

	"example.com/roster/application/servicetest"
)

func TestLongestWaitByTheClockOfTheService(t *testing.T) {
	t.Parallel()
	roster := servicetest.New(t)
	roster.Given("put capacity=1; enroll ada; enroll bob")
	roster.Clock.Advance(3 * time.Hour)
	roster.Given("enroll cyd")
	got, err := roster.LongestWait(t.Context(), servicetest.Staff, servicetest.Course)
	if err != nil {
		t.Fatal(err)
	}
	if got != 3*time.Hour {
		t.Errorf("the clock of the service moves by 3h0m0s, and bob has waited %v by LongestWait. "+
			"The service has a port for the time, s.clock: no one else asks a clock, wherever it is", got)
	}
}
