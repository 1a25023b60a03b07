package nats_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Each kind of reply conforms to its schema and holds the result of the command.
func TestReplies(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	standing := domain.Standing{
		Course: "c", Learner: "ada", Enrollment: domain.EnrollmentID(newID()), Status: domain.Waitlisted, Sequence: 7,
	}
	seated := standing
	seated.Learner, seated.Status = "bob", domain.Enrolled
	done := func(o ports.Outcome) ports.Reply { return ports.Reply{Outcomes: []ports.Outcome{o}} }
	cases := []struct {
		reply ports.Reply
		want  string
	}{
		{done(ports.Outcome{Standing: standing, Position: 3}), `"status":"waitlisted","standing":{"courseId":"c","learnerId":"ada"`},
		{done(ports.Outcome{Standing: standing, Position: 3}), `"position":3,"sequence":7,"since":"0001-01-01T00:00:00.000000Z"}`},
		{ports.Reply{Outcomes: []ports.Outcome{{Standing: standing}}, Replayed: true}, `"replayed":true}`},
		{done(ports.Outcome{Standing: standing, Promoted: []domain.Standing{seated}}), `"promoted":{"courseId":"c","learnerId":"bob"`},
		{done(ports.Outcome{Refused: domain.ErrAlreadyWaitlisted, Standing: standing}), `"status":"waitlisted","sequence":7`},
		{done(ports.Outcome{Refused: domain.ErrCourseFull}), `"code":"course_full","replayed":false}`},
		{ports.Reply{Err: domain.ErrCourseNotFound}, `"code":"course_not_found","replayed":false}`},
		{
			ports.Reply{Err: &domain.Violation{Field: "learnerId", Detail: "must be <better>"}},
			`"code":"invalid_argument","detail":"learnerId must be <better>"`,
		},
		{ports.Reply{Err: fmt.Errorf("%w: the disk of db-7", ports.ErrInternal)}, `"code":"internal","replayed":false}`},
		{ports.Reply{}, `"code":"internal","replayed":false}`},
	}
	var commands []ports.Command
	for i := range cases {
		commands = append(commands, command("c", i))
	}
	if n, err := bus.Send(t.Context(), commands); n != len(cases) || err != nil {
		t.Fatal(n, err)
	}
	answer(t, bus, func(commands []ports.QueuedCommand) (replies []ports.Reply, _ error) {
		for _, c := range commands {
			var i int
			if _, err := fmt.Sscanf(c.Command.Key, "c %d", &i); err != nil {
				return nil, err
			}
			replies = append(replies, cases[i].reply)
		}
		return replies, nil
	})
	for i, m := range messages(t, b.URL(), "ROSTER_REPLIES") {
		requireSchema(t, "reply.v1", m.Data())
		if text := string(m.Data()); strings.Contains(text, "outcomes") || strings.Contains(text, "refusedAt") {
			t.Errorf("the reply to one action has a field of lists: %s", text)
		}
		head := fmt.Sprintf(`{"key":"c %d","action":"enroll"`, i)
		if text := string(m.Data()); !strings.Contains(text, cases[i].want) || !strings.HasPrefix(text, head) {
			t.Errorf("reply %d is\n%s, want\n%s", i, m.Data(), cases[i].want)
		}
	}
}

// The reply to a list of actions is about the first one, or about the refused one.
func TestRepliesToLists(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	standing := func(course domain.CourseID, status domain.Status) domain.Standing {
		return domain.Standing{Course: course, Learner: "ada", Enrollment: domain.EnrollmentID(newID()), Status: status, Sequence: 7}
	}
	left, got := standing("c", domain.Withdrawn), standing("d", domain.Enrolled)
	done := []ports.Outcome{{Standing: left, Promoted: []domain.Standing{standing("c", domain.Enrolled)}}, {Standing: got}}
	cases := []struct {
		reply ports.Reply
		want  []string
		not   string
	}{
		{ports.Reply{Outcomes: done}, []string{
			`"action":"withdraw","courseId":"c","learnerId":"ada","status":"withdrawn"`, `"outcomes":[{"standing":{"courseId":"c"`,
			`"promoted":{"courseId":"c"`, `{"standing":{"courseId":"d"`,
		}, "refusedAt"},
		{ports.Reply{Outcomes: []ports.Outcome{{}, {Refused: domain.ErrAlreadyEnrolled, Standing: got}}, Replayed: true}, []string{
			`"action":"enroll","courseId":"d","learnerId":"ada","code":"already_enrolled","standing":{"courseId":"d"`, `"replayed":true,"refusedAt":2}`,
		}, "outcomes"},
		{ports.Reply{Outcomes: []ports.Outcome{{Refused: domain.ErrEnrollmentMismatch, Standing: left}}}, []string{
			`"action":"withdraw","courseId":"c","learnerId":"ada","code":"enrollment_mismatch"`, `"refusedAt":1}`,
		}, "outcomes"},
		{ports.Reply{Err: ports.ErrKeyReused}, []string{`"action":"withdraw","courseId":"c","learnerId":"ada","code":"idempotency_key_reused"`}, "refusedAt"},
		{ports.Reply{Outcomes: slices.Repeat(done, 100)}, []string{`"status":"withdrawn"`}, "outcomes"}, // too many
	}
	for i := range cases {
		c := command("c", i)
		c.AllOrNothing = true
		c.Actions = []ports.Action{ports.Withdraw{Course: "c", Learner: "ada"}, ports.Enroll{Course: "d", Learner: "ada"}}
		if n, err := bus.Send(t.Context(), []ports.Command{c}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	answer(t, bus, func(commands []ports.QueuedCommand) (replies []ports.Reply, _ error) {
		for _, c := range commands {
			var i int
			if _, err := fmt.Sscanf(c.Command.Key, "c %d", &i); err != nil {
				return nil, err
			}
			replies = append(replies, cases[i].reply)
		}
		return replies, nil
	})
	for i, m := range messages(t, b.URL(), "ROSTER_REPLIES") {
		requireSchema(t, "reply.v1", m.Data())
		for _, want := range cases[i].want {
			if text := string(m.Data()); !strings.Contains(text, want) || strings.Contains(text, cases[i].not) {
				t.Errorf("reply %d is\n%s, want\n%s, and no %s", i, text, want, cases[i].not)
			}
		}
	}
}
