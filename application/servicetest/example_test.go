package servicetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// enrollTwice is code to be tested: it tries again if the service is unavailable.
func enrollTwice(ctx context.Context, roster ports.Commands, learner domain.LearnerID) (ports.Outcome, error) {
	command := ports.Command{By: servicetest.Staff, Actions: []ports.Action{ports.Enroll{Course: "go-101", Learner: learner}}}
	o, err := roster.Submit(ctx, command)[0].One()
	if errors.Is(err, ports.ErrUnavailable) {
		return roster.Submit(ctx, command)[0].One()
	}
	return o, err
}

// A full course takes one line, and a failed commit another.
func Example() {
	test := func(t servicetest.TB) { // func TestEnrollTwice(t *testing.T)
		roster := servicetest.New(t)
		roster.Given("put capacity=1; enroll ada")
		roster.FailNextCommit()

		if bob, err := enrollTwice(t.Context(), roster, "bob"); err != nil || bob.Position != 1 {
			t.Errorf("bob is at position %d, %v", bob.Position, err)
		}
		fmt.Println(strings.Join(roster.Events(), ", "))
	}
	fmt.Print(failuresOf(test)) // none
	// Output: course.opened, learner.enrolled ada, learner.waitlisted bob
}

// If a test fails, its log ends with the course.
func Example_failure() {
	test := func(t servicetest.TB) {
		roster := servicetest.New(t)
		roster.Given("put capacity=1; enroll ada; enroll bob; enroll cyd")
		roster.Given("enroll ada")
	}
	fmt.Print(failuresOf(test))
	// Output:
	// given "enroll ada": command 1: already_enrolled
	// go-101 of default: capacity 1, 1 enrolled, 2 on the waitlist: bob cyd
	//   last of 4 events: course.opened, learner.enrolled ada, learner.waitlisted bob, learner.waitlisted cyd
}

// Another process takes the last seat between the decision and the commit.
func ExampleService_Conflict() {
	test := func(t servicetest.TB) {
		roster := servicetest.New(t)
		roster.Given("put capacity=1")
		roster.Conflict(func() { roster.Given("enroll bob") })
		ada, _ := roster.Enroll(t.Context(), servicetest.Staff, servicetest.Course, "ada")
		fmt.Println(ada.Standing.Status, ada.Position)
	}
	fmt.Print(failuresOf(test))
	// Output: waitlisted 1
}

// However many ask at once, there is one last seat.
func ExampleTogether() {
	test := func(t servicetest.TB) {
		roster := servicetest.New(t)
		roster.Given("put capacity=1")
		enrolled := 0
		for _, reply := range servicetest.Together(20, func(i int) ports.Reply { return roster.When(fmt.Sprint("enroll l-", i)) }) {
			if reply.Outcomes[0].Standing.Status == domain.Enrolled {
				enrolled++
			}
		}
		fmt.Println(enrolled)
	}
	fmt.Print(failuresOf(test))
	// Output: 1
}

// Two days pass in no time, and the key of a command expires.
func ExampleClock_Advance() {
	test := func(t servicetest.TB) {
		roster := servicetest.New(t)
		put := ports.Command{By: servicetest.Staff, Key: "monday", Actions: roster.Actions("put capacity=1")}
		roster.Submit(t.Context(), put)
		roster.Clock.Advance(48 * time.Hour)
		fmt.Println(roster.Expire(t.Context()))
		roster.Clock.Advance(time.Microsecond)
		fmt.Println(roster.Expire(t.Context()))
	}
	fmt.Print(failuresOf(test))
	// Output:
	// 0 <nil>
	// 1 <nil>
}
