package proof_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"example.com/roster/adapters/nats"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// Lists of actions on several courses, each sent once or twice, while workers come and go. On each course, command n takes the seat of
// command n-1 and gives another learner a seat on another course; so a command that overtakes, or is done in part, breaks the chain.
func TestListsKeepTheOrderOfTheirFirstCourse(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		const courses, each = 5, 60
		b := newExternalBroker(t)
		id := func(i int) domain.CourseID { return domain.CourseID(fmt.Sprint("course ", i%courses)) }
		on := func(i, n int) domain.LearnerID { return domain.LearnerID(fmt.Sprintf("%d.%d", i, n)) }
		var first, sent []ports.Command
		for i := range courses {
			settings := domain.Settings{Title: new("T"), Capacity: new(10 * each)}
			first = append(first, ports.Command{By: staff, Actions: []ports.Action{
				ports.PutCourse{Course: id(i), Settings: settings}, ports.Enroll{Course: id(i), Learner: on(i, 0)},
			}})
		}
		for _, r := range application.New(s.open(t)).Submit(t.Context(), first...) {
			if _, err := r.All(); err != nil {
				t.Fatal(err)
			}
		}
		for n := 1; n <= each; n++ {
			for i := range courses {
				swap := []ports.Action{
					ports.Withdraw{Course: id(i), Learner: on(i, n-1)}, ports.Enroll{Course: id(i), Learner: on(i, n), SeatOnly: true},
					ports.Enroll{Course: id(i + n), Learner: on(i, n) + " elsewhere"},
				}
				sent = append(sent, ports.Command{By: staff, Key: "swap " + string(on(i, n)), AllOrNothing: true, Actions: swap})
				// It would break the chain, and is refused by its last action.
				bad := []ports.Action{ports.Withdraw{Course: id(i), Learner: on(i, n)}, ports.Withdraw{Course: id(i + 1), Learner: "nobody"}}
				sent = append(sent, ports.Command{By: staff, Key: "refused " + string(on(i, n)), AllOrNothing: true, Actions: bad})
			}
		}
		bus, err := nats.Connect(b.url(), nats.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		all := duplicated(sent, 2)
		s.work(t, b.url())
		result := make(chan error, 1)
		go func() {
			_, err := bus.Send(context.WithoutCancel(t.Context()), all)
			result <- err
		}()
		for range 3 {
			s.work(t, b.url())()
		}
		if err := portstest.Receive(t, "the commands are sent", result); err != nil {
			t.Fatal(err)
		}
		_, js := jetStream(t, b.url())
		queueEmpty(t, js)

		for i := range courses {
			enrolled := names(allStandings(t, s.open(t), id(i), domain.Enrolled))
			if len(enrolled) != each+1 || !slices.Contains(enrolled, string(on(i, each))) {
				t.Errorf("%s: %d are enrolled, want %d, and %s", id(i), len(enrolled), each+1, on(i, each))
			}
		}
		if deadLetters := s.must(t, "", "repair", "--dry-run"); deadLetters != "no dead letters\n" {
			t.Errorf("dead letters: %s", deadLetters)
		}
		s.mustCheck(t)
	})
}
