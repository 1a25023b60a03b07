package occupancy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"example.com/roster/exercise/occupancy"
)

// checkEvent returns an event on course art-9, with changed fields: nil removes one. Those that begin with "data." are of its data.
func checkEvent(sequence int, eventType string, fields map[string]any) []byte {
	data := map[string]any{}
	event := map[string]any{
		"type": eventType, "schemaVersion": 1, "eventId": fmt.Sprint("e", sequence), "occurredAt": "2026-11-20T08:00:00.000000Z",
		"correlationId": "c", "aggregateId": "art-9", "tenant": "default", "sequence": sequence, "data": data,
	}
	for name, value := range fields {
		in := event
		if len(name) > 5 && name[:5] == "data." {
			in, name = data, name[5:]
		}
		if in[name] = value; value == nil {
			delete(in, name)
		}
	}
	body, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	return body
}

type checkFields = map[string]any

// checkFirstYear returns a table after four events of the first year.
func checkFirstYear(t *testing.T) occupancy.Table {
	t.Helper()
	table := occupancy.Table{}
	for i, body := range [][]byte{
		checkEvent(1, "course.opened", checkFields{"data.title": "Art", "data.capacity": 2}),
		checkEvent(2, "learner.enrolled", checkFields{"data.learnerId": "ada", "data.enrollmentId": "n1", "data.channel": "cli"}),
		checkEvent(3, "learner.enrolled", checkFields{"data.learnerId": "bob", "data.enrollmentId": "n2", "data.channel": "http"}),
		checkEvent(4, "learner.waitlisted", checkFields{"data.learnerId": "cyd", "data.enrollmentId": "n3"}),
	} {
		if err := table.Apply(body); err != nil {
			t.Fatalf("event %d of the first year is refused: %v", i+1, err)
		}
	}
	checkCourse(t, table, "the first year", 2, 1, 4)
	return table
}

func checkCourse(t *testing.T, table occupancy.Table, after string, enrolled, waitlisted int, sequence int64) {
	t.Helper()
	c := table["art-9"]
	if c == nil {
		t.Fatalf("after %s: the course is not in the table", after)
	}
	if c.Enrolled != enrolled || c.Waitlisted != waitlisted || c.Sequence != sequence {
		t.Errorf("after %s: %d enrolled, %d waitlisted, sequence %d; want %d, %d, %d", after, c.Enrolled, c.Waitlisted, c.Sequence, enrolled, waitlisted, sequence)
	}
}

func TestCheckOldEventsCount(t *testing.T) {
	table := checkFirstYear(t)
	if err := table.Apply(checkEvent(4, "learner.waitlisted", checkFields{"data.enrollmentId": "n3"})); err != nil {
		t.Errorf("a duplicate is refused: %v", err)
	}
	checkCourse(t, table, "a duplicate", 2, 1, 4)
	if err := table.Apply(checkEvent(9, "learner.waitlisted", nil)); !errors.Is(err, occupancy.ErrGap) {
		t.Errorf("event 9 after event 4: got %v, want ErrGap", err)
	}
}

func TestCheckNewFieldsAreIgnored(t *testing.T) {
	table := checkFirstYear(t)
	body := checkEvent(5, "learner.withdrawn", checkFields{"data.from": "enrolled", "data.reason": checkFields{"code": 7}, "source": []any{"a"}})
	if err := table.Apply(body); err != nil {
		t.Errorf("a field that is new stops the consumer: %v", err)
	}
	checkCourse(t, table, "a withdrawal with new fields", 1, 1, 5)
}

func TestCheckAfterATypeThatIsNew(t *testing.T) {
	table := checkFirstYear(t)
	if err := table.Apply(checkEvent(5, "course.praised", checkFields{"data.stars": 5})); err != nil {
		t.Errorf("a type that is new stops the consumer: %v", err)
	}
	if err := table.Apply(checkEvent(6, "learner.withdrawn", checkFields{"data.from": "waitlisted"})); err != nil {
		t.Errorf("the event after one of a new type is refused: %v. An event that means nothing to you has a number, too: count it", err)
	}
	checkCourse(t, table, "a type that is new, and a withdrawal", 2, 0, 6)
}

func TestCheckAChannelThatIsNewIsASeat(t *testing.T) {
	table := checkFirstYear(t)
	for i, channel := range []any{"partner", "queue", nil} {
		if err := table.Apply(checkEvent(5+i, "learner.enrolled", checkFields{"data.channel": channel})); err != nil {
			t.Errorf("the channel %v stops the consumer: %v", channel, err)
		}
	}
	checkCourse(t, table, "seats through new channels", 5, 1, 7)
	sum := 0
	for _, n := range table["art-9"].By {
		sum += n
	}
	if by := table["art-9"].By; sum != 5 || by["cli"] != 1 || by["http"] != 1 || by["other"] != 3 {
		t.Errorf("seats by channel are %v: want cli 1, http 1, and 3 of other channels under other", by)
	}
}

func TestCheckWhatMustBeRefused(t *testing.T) {
	for name, body := range map[string][]byte{
		"schemaVersion 2, whose fields may mean something else": checkEvent(5, "learner.withdrawn", checkFields{"schemaVersion": 2, "data.from": "enrolled"}),
		"schemaVersion 2 of a type that is new":                 checkEvent(5, "course.praised", checkFields{"schemaVersion": 2}),
		"no schemaVersion":                                      checkEvent(5, "learner.waitlisted", checkFields{"schemaVersion": nil}),
		"no eventId":                                            checkEvent(5, "learner.waitlisted", checkFields{"eventId": nil}),
		"no course":                                             checkEvent(5, "learner.waitlisted", checkFields{"aggregateId": nil}),
		"no sequence":                                           checkEvent(5, "learner.waitlisted", checkFields{"sequence": nil}),
		"no type":                                               checkEvent(5, "learner.waitlisted", checkFields{"type": nil}),
		"a withdrawal that does not say from what":              checkEvent(5, "learner.withdrawn", nil),
		"a withdrawal from something else, which changes a number that you cannot know": checkEvent(5, "learner.withdrawn", checkFields{"data.from": "offered"}),
		"a text in place of the sequence":                                               checkEvent(5, "learner.waitlisted", checkFields{"sequence": "5"}),
		"no JSON":                                                                       []byte("enrolled: ada"),
	} {
		table := checkFirstYear(t)
		if err := table.Apply(body); !errors.Is(err, occupancy.ErrUnreadable) {
			t.Errorf("%s: got %v, want ErrUnreadable", name, err)
		}
		checkCourse(t, table, name, 2, 1, 4)
	}
}
