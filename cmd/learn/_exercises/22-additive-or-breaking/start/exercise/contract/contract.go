// Package contract has the two messages of a small service, in JSON: a command that comes in, and an event that goes out. Other services
// send the one and read the other. They are released on other days, by other people.
package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Withdrawal is what the service knows about a learner who has left a course.
type Withdrawal struct {
	EventID    string
	Sequence   int64 // of the course's events: 1, 2, 3 …
	Course     string
	Learner    string
	Enrollment string
	From       string        // what the learner held: enrolled or waitlisted
	Held       time.Duration // for how long
	Reason     string        // from the command; empty if the command has none
}

// Event returns the event learner.withdrawn of schema version 1.
func (w Withdrawal) Event() ([]byte, error) {
	data := map[string]any{
		"learnerId":    w.Learner,
		"enrollmentId": w.Enrollment,
		"from":         w.From,
		"heldFor":      int64(w.Held / time.Second),
	}
	return json.Marshal(map[string]any{
		"type":          "learner.withdrawn",
		"schemaVersion": 1,
		"eventId":       w.EventID,
		"sequence":      w.Sequence,
		"aggregateId":   w.Course,
		"data":          data,
	})
}

// A Withdraw is a command: a learner is to leave a course.
type Withdraw struct {
	Course     string
	Learner    string
	Enrollment string // optional: only this enrollment may end
	Reason     string // optional
}

// ErrUnreadable is the error for a body that is not a command to withdraw.
var ErrUnreadable = errors.New("not a command to withdraw a learner")

// ReadWithdraw reads a command. It ignores fields that it does not know.
func ReadWithdraw(body []byte) (Withdraw, error) {
	var m struct {
		Action     string `json:"action"`
		Course     string `json:"courseId"`
		Learner    string `json:"learnerId"`
		Enrollment string `json:"enrollmentId"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return Withdraw{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if m.Action != "withdraw" || m.Course == "" || m.Learner == "" {
		return Withdraw{}, ErrUnreadable
	}
	return Withdraw{
		Course:     m.Course,
		Learner:    m.Learner,
		Enrollment: m.Enrollment,
	}, nil
}
