// Package occupancy is a service that shows how full courses are. It was written against roster's events as they were in the first year.
// It depends on the events, and on no code of roster.
package occupancy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// A Course is how full a course is, after its event number Sequence.
type Course struct {
	Capacity   int
	Enrolled   int
	Waitlisted int
	By         map[string]int // how many learners got a seat at once, by channel
	Sequence   int64
}

// A Table has the courses by their ids.
type Table map[string]*Course

// Errors of Apply. The message is not acknowledged then, and the table is as it was before.
var (
	ErrUnreadable = errors.New("not an event that this version can read")
	ErrGap        = errors.New("an earlier event of the course is missing")
)

// event has the fields of an event.
type event struct {
	Type        string `json:"type"`
	Version     int    `json:"schemaVersion"`
	ID          string `json:"eventId"`
	OccurredAt  string `json:"occurredAt"`
	Correlation string `json:"correlationId"`
	Course      string `json:"aggregateId"`
	Tenant      string `json:"tenant"`
	Sequence    int64  `json:"sequence"`
	Data        struct {
		Learner    string `json:"learnerId"`
		Enrollment string `json:"enrollmentId"`
		From       string `json:"from"`    // of learner.withdrawn: enrolled or waitlisted
		Channel    string `json:"channel"` // of learner.enrolled: http, cli or import; more may follow
		Title      string `json:"title"`
		Capacity   int    `json:"capacity"`
	} `json:"data"`
}

// Apply counts an event. It returns nil if the event is counted, now or earlier, and may be acknowledged.
func (t Table) Apply(body []byte) error {
	e, err := read(body)
	if err != nil {
		return err
	}
	c := t[e.Course]
	if c == nil {
		c = &Course{By: map[string]int{}}
	}
	switch {
	case e.Sequence <= c.Sequence:
		return nil // a duplicate
	case e.Sequence > c.Sequence+1:
		return ErrGap
	}
	if err := c.apply(e); err != nil {
		return err
	}
	c.Sequence = e.Sequence
	t[e.Course] = c
	return nil
}

func read(body []byte) (e event, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if e.Version != 1 || e.ID == "" || e.Course == "" || e.Sequence < 1 {
		return e, fmt.Errorf("%w: version %d", ErrUnreadable, e.Version)
	}
	return e, nil
}

// apply counts an event, or returns an error and changes nothing.
func (c *Course) apply(e event) error {
	switch e.Type {
	case "course.opened":
		c.Capacity = e.Data.Capacity
	case "learner.enrolled":
		switch e.Data.Channel {
		case "http", "cli", "import":
			c.By[e.Data.Channel]++
		default:
			return fmt.Errorf("%w: channel %q", ErrUnreadable, e.Data.Channel)
		}
		c.Enrolled++
	case "learner.waitlisted":
		c.Waitlisted++
	case "learner.promoted":
		c.Waitlisted--
		c.Enrolled++
	case "learner.withdrawn":
		switch e.Data.From {
		case "enrolled":
			c.Enrolled--
		case "waitlisted":
			c.Waitlisted--
		default:
			return fmt.Errorf("%w: from %q", ErrUnreadable, e.Data.From)
		}
	default:
		return fmt.Errorf("%w: type %q", ErrUnreadable, e.Type)
	}
	return nil
}
