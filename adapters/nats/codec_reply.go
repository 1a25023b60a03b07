package nats

import (
	"github.com/nats-io/nats.go"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A reply is the body of a message on roster.replies: the result of a command.
type reply struct {
	Key           string        `json:"key"`
	Action        string        `json:"action,omitempty"` // this and the next two: empty if the command could not be read
	CourseID      string        `json:"courseId,omitempty"`
	LearnerID     string        `json:"learnerId,omitempty"`
	CorrelationID string        `json:"correlationId,omitempty"`
	Status        domain.Status `json:"status,omitempty"` // of the learner, if the command was done
	Code          domain.Kind   `json:"code,omitempty"`   // why the command was not done
	Detail        string        `json:"detail,omitempty"`
	Standing      *standing     `json:"standing,omitempty"`
	Promoted      *standing     `json:"promoted,omitempty"`
	Replayed      bool          `json:"replayed"`
}

// A standing is a learner's standing on a course. A refusal leaves out the position, which is not known.
type standing struct {
	CourseID     domain.CourseID     `json:"courseId"`
	LearnerID    domain.LearnerID    `json:"learnerId"`
	EnrollmentID domain.EnrollmentID `json:"enrollmentId"`
	Status       domain.Status       `json:"status"`
	Position     *int                `json:"position,omitempty"`
	Sequence     int64               `json:"sequence"`
	Since        string              `json:"since"`
}

func standingOf(s domain.Standing, position *int) *standing {
	if s.Status == domain.None {
		return nil
	}
	return &standing{
		CourseID: s.Course, LearnerID: s.Learner, EnrollmentID: s.Enrollment, Status: s.Status, Position: position,
		Sequence: s.Sequence, Since: s.Since.UTC().Format(timeFormat),
	}
}

// replyMessage returns the message that answers a queued command.
func replyMessage(c ports.QueuedCommand, r ports.Reply) *nats.Msg {
	body := reply{Key: c.Command.Key, CorrelationID: c.Command.Correlation, Replayed: r.Replayed}
	if len(c.Command.Actions) == 1 {
		var sent command
		_ = sent.setAction(c.Command.Actions[0]) // valid, because it was read
		body.Action, body.CourseID, body.LearnerID = sent.Action, sent.CourseID, sent.LearnerID
	}
	if r.Err == nil && len(r.Outcomes) == 0 {
		r.Err = ports.ErrInternal // a bug of the handler
	}
	if o, err := r.One(); err == nil {
		body.Status, body.Standing = o.Standing.Status, standingOf(o.Standing, &o.Position)
		if len(o.Promoted) > 0 {
			body.Promoted = standingOf(o.Promoted[0], new(0))
		}
	} else {
		body.Code, body.Standing = ports.KindOf(err), standingOf(o.Standing, nil)
		if body.Code == domain.ErrInvalidArgument {
			body.Detail = err.Error()
		}
	}
	m := &nats.Msg{
		Subject: "roster.replies." + string(c.Tenant), Data: encode(body),
		Header: nats.Header{contentType: {"application/json"}},
	}
	if c.Command.Trace != "" {
		m.Header[traceparent] = []string{c.Command.Trace}
	}
	return m
}
