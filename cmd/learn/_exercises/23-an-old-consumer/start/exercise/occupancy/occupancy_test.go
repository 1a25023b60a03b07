package occupancy_test

import (
	"errors"
	"fmt"
	"testing"

	"example.com/roster/exercise/occupancy"
)

// event returns an event on course go-101. more is appended to its fields, such as ,"room":7.
func event(sequence int, eventType, data, more string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"schemaVersion":1,"eventId":"e%d","occurredAt":"2026-11-20T08:00:00.000000Z","correlationId":"c",`+
		`"aggregateId":"go-101","tenant":"default","sequence":%[2]d,"data":{%s}%s}`, eventType, sequence, data, more)
}

func apply(t *testing.T, table occupancy.Table, body []byte) {
	t.Helper()
	if err := table.Apply(body); err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}

func TestTheFirstYear(t *testing.T) {
	table := occupancy.Table{}
	apply(t, table, event(1, "course.opened", `"title":"Go","capacity":1`, ""))
	apply(t, table, event(2, "learner.enrolled", `"learnerId":"ada","enrollmentId":"n1","channel":"http"`, ""))
	apply(t, table, event(3, "learner.waitlisted", `"learnerId":"bob","enrollmentId":"n2"`, ""))
	apply(t, table, event(3, "learner.waitlisted", `"learnerId":"bob","enrollmentId":"n2"`, "")) // delivered twice
	apply(t, table, event(4, "learner.withdrawn", `"learnerId":"ada","enrollmentId":"n1","from":"enrolled"`, ""))
	apply(t, table, event(5, "learner.promoted", `"learnerId":"bob","enrollmentId":"n2"`, ""))
	c := table["go-101"]
	if c.Capacity != 1 || c.Enrolled != 1 || c.Waitlisted != 0 || c.By["http"] != 1 || c.Sequence != 5 {
		t.Errorf("got %+v", c)
	}
}

func TestAFieldThatIsNew(t *testing.T) {
	table := occupancy.Table{}
	apply(t, table, event(1, "course.opened", `"title":"Go","capacity":1,"language":["en"]`, `,"room":{"floor":2}`))
}

func TestATypeThatIsNew(t *testing.T) {
	table := occupancy.Table{}
	apply(t, table, event(1, "course.opened", `"title":"Go","capacity":1`, ""))
	apply(t, table, event(2, "course.praised", `"stars":5`, ""))
}

func TestAChannelThatIsNew(t *testing.T) {
	table := occupancy.Table{}
	apply(t, table, event(1, "course.opened", `"title":"Go","capacity":1`, ""))
	apply(t, table, event(2, "learner.enrolled", `"learnerId":"ada","enrollmentId":"n1","channel":"partner"`, ""))
}

func TestAnotherVersion(t *testing.T) {
	body := []byte(`{"type":"course.opened","schemaVersion":2,"eventId":"e1","aggregateId":"go-101","sequence":1,"data":{"capacity":1}}`)
	if err := (occupancy.Table{}).Apply(body); !errors.Is(err, occupancy.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
}
