package charging

import (
	"encoding/json"
	"errors"
	"fmt"
)

// An Event has the fields that this service reads of a roster event that gives a learner a seat.
type Event struct {
	ID          string `json:"eventId"`
	Version     int    `json:"schemaVersion"`
	Correlation string `json:"correlationId"`
	Tenant      string `json:"tenant"`
	Course      string `json:"aggregateId"`
	Data        struct {
		Learner    string `json:"learnerId"`
		Enrollment string `json:"enrollmentId"`
	} `json:"data"`
}

// ErrUnreadable is the error for a message that this service can't read.
var ErrUnreadable = errors.New("not an event of version 1 that gives a seat")

// ReadEvent parses a message's body, and ignores fields that this service does not need.
func ReadEvent(body []byte) (e Event, err error) {
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if e.Version != 1 || e.ID == "" || e.Tenant == "" || e.Course == "" || e.Data.Learner == "" || e.Data.Enrollment == "" {
		return e, ErrUnreadable
	}
	return e, nil
}
