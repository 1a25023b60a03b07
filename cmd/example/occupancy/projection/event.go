package projection

import (
	"encoding/json"
	"errors"
	"fmt"
)

// An Event is what this service reads of an event of roster: no more fields than it needs, so that others may come and
// change without it. A learner's id is not among them: an enrollment's tells who is who, and nobody has to be forgotten here.
type Event struct {
	ID       string `json:"eventId"`
	Version  int    `json:"schemaVersion"`
	Type     string `json:"type"`
	Tenant   string `json:"tenant"`
	Course   string `json:"aggregateId"`
	Sequence int64  `json:"sequence"`
	Data     Data   `json:"data"`
}

// Data is what this service reads of an event's data: of a learner's event the first two, of a course's the others.
type Data struct {
	Enrollment string `json:"enrollmentId,omitempty"`
	From       string `json:"from,omitempty"` // what a learner who withdraws gives up: enrolled or waitlisted
	Title      string `json:"title,omitempty"`
	Capacity   int64  `json:"capacity,omitempty"`
}

// ErrUnreadable is the error for what is no event that this service can read. To skip it would be to guess.
var ErrUnreadable = errors.New("not an event of version 1")

// ReadEvent reads a message's body. Fields that it does not know, and types, are none of its business; another version is.
func ReadEvent(body []byte) (e Event, err error) {
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if e.Version != 1 || e.ID == "" || e.Tenant == "" || e.Course == "" || e.Sequence < 1 {
		return e, fmt.Errorf("%w: %.200s", ErrUnreadable, body)
	}
	return e, nil
}
