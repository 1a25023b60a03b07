package projection

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

const enrolled = `{"type":"learner.enrolled","schemaVersion":1,"eventId":"018f","occurredAt":"2026-11-20T08:00:00Z",
	"correlationId":"c","aggregateId":"go-101","tenant":"default","sequence":2,
	"data":{"learnerId":"ada","enrollmentId":"018e"}}`

func TestReadEvent(t *testing.T) {
	t.Parallel()
	want := Event{
		ID: "018f", Version: 1, Type: "learner.enrolled", Tenant: "default", Course: "go-101", Sequence: 2,
		Data: Data{Enrollment: "018e"},
	}
	if got, err := ReadEvent([]byte(enrolled)); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

// The event in docs/events.md is readable.
func TestTheEventInTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = bytes.Cut(text, []byte("```json\n"))
	body, _, _ := bytes.Cut(text, []byte("```"))
	if e, err := ReadEvent(body); err != nil || e.Type != "learner.withdrawn" || e.Data.From != "enrolled" || e.Data.Enrollment == "" {
		t.Errorf("%+v, %v", e, err)
	}
}

// New fields and types may appear within a version. An older consumer still works.
func TestAFieldAndATypeThatAreNew(t *testing.T) {
	t.Parallel()
	p := open(t)
	for _, body := range []string{
		`{"type":"course.opened","schemaVersion":1,"eventId":"1","aggregateId":"go-101","tenant":"default","sequence":1,
			"room":{"floor":2},"data":{"title":"Go","capacity":2,"open":true,"waitlistEnabled":true,"language":["en"]}}`,
		`{"type":"course.praised","schemaVersion":1,"eventId":"2","aggregateId":"go-101","tenant":"default","sequence":2,
			"data":{"stars":5}}`,
		`{"type":"learner.enrolled","schemaVersion":1,"eventId":"3","aggregateId":"go-101","tenant":"default","sequence":3,
			"data":{"learnerId":"ada","enrollmentId":"e","paidBy":"her employer"}}`,
	} {
		e, err := ReadEvent([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		apply(t, p, Result{Applied: 1}, e)
	}
	requireRows(t, p, []Row{{Tenant: "default", Course: "go-101", Title: "Go", Capacity: 2, Enrolled: 1, Sequence: 3}})
}

func TestUnreadableEvents(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":                 ``,
		"not JSON":              `enrolled: ada`,
		"another version":       `{"type":"learner.enrolled","schemaVersion":2,"eventId":"1","aggregateId":"c","tenant":"t","sequence":1}`,
		"no id":                 `{"type":"learner.enrolled","schemaVersion":1,"aggregateId":"c","tenant":"t","sequence":1}`,
		"no course":             `{"type":"learner.enrolled","schemaVersion":1,"eventId":"1","tenant":"t","sequence":1}`,
		"no tenant":             `{"type":"learner.enrolled","schemaVersion":1,"eventId":"1","aggregateId":"c","sequence":1}`,
		"no sequence":           `{"type":"learner.enrolled","schemaVersion":1,"eventId":"1","aggregateId":"c","tenant":"t"}`,
		"wrong type of a field": `{"type":7,"schemaVersion":1,"eventId":"1","aggregateId":"c","tenant":"t","sequence":1}`,
	} {
		if e, err := ReadEvent([]byte(body)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}
