package nats

import (
	"github.com/nats-io/nats.go"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A reply is the body of a message on roster.replies: what became of a command.
type reply struct {
	Key           string        `json:"key"`
	Action        string        `json:"action,omitempty"` // where the command could be read, as the next two
	CourseID      string        `json:"courseId,omitempty"`
	LearnerID     string        `json:"learnerId,omitempty"`
	CorrelationID string        `json:"correlationId,omitempty"`
	Status        domain.Status `json:"status,omitempty"` // what the learner holds, where it was done
	Code          domain.Kind   `json:"code,omitempty"`   // why it was not
	Detail        string        `json:"detail,omitempty"`
	Standing      *standing     `json:"standing,omitempty"`
	Promoted      *standing     `json:"promoted,omitempty"`
	Replayed      bool          `json:"replayed"`
}

// A standing is what a learner holds. The position is left out where a command was refused: it is not known.
type standing struct {
	CourseID     domain.CourseID     `json:"courseId"`
	LearnerID    domain.LearnerID    `json:"learnerId"`
	EnrollmentID domain.EnrollmentID `json:"enrollmentId"`
	Status       domain.Status       `json:"status"`
	Position     *int                `json:"position,omitempty"`
	Sequence     int64               `json:"sequence"`
	Since        string              `json:"since"`
}

func standingOf(s domain.Standing) *standing {
	if s.Status == domain.None {
		return nil
	}
	return &standing{
		CourseID: s.Course, LearnerID: s.Learner, EnrollmentID: s.Enrollment, Status: s.Status,
		Sequence: s.Sequence, Since: s.Since.UTC().Format(timeFormat),
	}
}

func rankedStandingOf(s domain.Standing, position int) *standing {
	at := standingOf(s)
	if at != nil {
		at.Position = &position
	}
	return at
}

// replyMessage returns the message that answers a letter.
func replyMessage(l ports.QueuedCommand, r ports.Reply) *nats.Msg {
	body := reply{Key: l.Command.Key, CorrelationID: l.Command.Correlation, Replayed: r.Replayed}
	if len(l.Command.Actions) == 1 {
		var c command
		_ = c.setAction(l.Command.Actions[0]) // it was right when it was read
		body.Action, body.CourseID, body.LearnerID = c.Action, c.CourseID, c.LearnerID
	}
	if r.Err == nil && len(r.Outcomes) == 0 {
		r.Err = ports.ErrInternal // whoever handled it forgot to say
	}
	switch o, err := r.One(); {
	case err == nil:
		body.Status, body.Standing = o.Standing.Status, rankedStandingOf(o.Standing, o.Position)
		if len(o.Promoted) > 0 {
			body.Promoted = rankedStandingOf(o.Promoted[0], 0)
		}
	default:
		body.Code, body.Standing = ports.KindOf(err), standingOf(o.Standing)
		if body.Code == domain.ErrInvalidArgument {
			body.Detail = err.Error()
		}
	}
	m := &nats.Msg{
		Subject: "roster.replies." + string(l.Tenant), Data: encode(body),
		Header: nats.Header{contentType: {"application/json"}},
	}
	if l.Command.Trace != "" {
		m.Header[traceparent] = []string{l.Command.Trace}
	}
	return m
}
