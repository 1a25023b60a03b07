package projection

import (
	"encoding/json"
	"errors"
	"fmt"
)

// An Event has the fields that this service reads of roster's events. It reads only what it needs, so that roster may add and
// change other fields. It does not read the learner's id: the enrollment's id is enough, so there is no personal data to erase.
type Event struct {
	ID       string `json:"eventId"`
	Version  int    `json:"schemaVersion"`
	Type     string `json:"type"`
	Tenant   string `json:"tenant"`
	Course   string `json:"aggregateId"`
	Sequence int64  `json:"sequence"`
	Data     Data   `json:"data"`
}

// Data has the fields that this service reads of an event's data: the first two of a learner's event, the others of a course's.
type Data struct {
	Enrollment string `json:"enrollmentId,omitempty"`
	From       string `json:"from,omitempty"` // status before a withdrawal: enrolled or waitlisted
	Title      string `json:"title,omitempty"`
	Capacity   int64  `json:"capacity,omitempty"`
}

// ErrUnreadable is the error for a message that this service can't read. It must not be skipped.
var ErrUnreadable = errors.New("not an event of version 1")

// ReadEvent parses a message's body. It ignores unknown fields and accepts unknown types, but refuses another schema version.
func ReadEvent(body []byte) (e Event, err error) {
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if e.Version != 1 || e.ID == "" || e.Tenant == "" || e.Course == "" || e.Sequence < 1 {
		return e, fmt.Errorf("%w: %.200s", ErrUnreadable, body)
	}
	return e, nil
}
