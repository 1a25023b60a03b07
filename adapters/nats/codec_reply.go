package nats

import (
	"errors"

	"github.com/nats-io/nats.go"

	"example.com/roster/adapters/internal/jsonfields"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A reply is the body of a message on roster.replies: the result of a command.
type reply struct {
	Key           string           `json:"key"`
	Action        string           `json:"action,omitempty"` // this and the next two: empty if the command could not be read
	CourseID      domain.CourseID  `json:"courseId,omitempty"`
	LearnerID     domain.LearnerID `json:"learnerId,omitempty"`
	CorrelationID string           `json:"correlationId,omitempty"`
	Status        domain.Status    `json:"status,omitempty"` // of the learner, if the command was done
	Code          domain.Kind      `json:"code,omitempty"`   // why the command was not done
	Detail        string           `json:"detail,omitempty"`
	Standing      *standing        `json:"standing,omitempty"`
	Promoted      *standing        `json:"promoted,omitempty"`
	Replayed      bool             `json:"replayed"`
	RefusedAt     int              `json:"refusedAt,omitempty"` // this and the next: of a list of actions
	Outcomes      []outcome        `json:"outcomes,omitempty"`
}

// An outcome is the result of one action of a list.
type outcome struct {
	Standing *standing `json:"standing"`
	Promoted *standing `json:"promoted,omitempty"`
}

// maxOutcomes is how many bytes the outcomes of a reply have at most, so that every broker that accepts the command accepts its reply.
const maxOutcomes = maxCommand / 2

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

// replyBody returns the reply to a queued command. The reply to a list of actions names the refused action, or the first one if none was
// refused.
func replyBody(c ports.QueuedCommand, r ports.Reply) reply {
	body := reply{Key: c.Command.Key, CorrelationID: c.Command.Correlation, Replayed: r.Replayed}
	if r.Err == nil && len(r.Outcomes) == 0 {
		r.Err = ports.ErrInternal // a bug of the handler
	}
	outcomes, err := r.All()
	about, o := 0, ports.Outcome{}
	switch refusal, refused := errors.AsType[*ports.Refusal](err); {
	case refused:
		about, o = refusal.Action-1, r.Outcomes[refusal.Action-1]
		if c.Command.AllOrNothing {
			body.RefusedAt = refusal.Action
		}
	case err == nil:
		o = outcomes[0]
	}
	if len(c.Command.Actions) > about {
		var sent jsonfields.Action
		_ = setAction(&sent, c.Command.Actions[about]) // valid, because it was read
		body.Action, body.CourseID, body.LearnerID = sent.Action, sent.CourseID, sent.LearnerID
	}
	if err != nil {
		body.Code, body.Standing = ports.KindOf(err), standingOf(o.Standing, nil)
		if body.Code == domain.ErrInvalidArgument {
			body.Detail = err.Error()
		}
		return body
	}
	first := outcomeOf(o)
	body.Status, body.Standing, body.Promoted = o.Standing.Status, first.Standing, first.Promoted
	if c.Command.AllOrNothing {
		for _, o := range outcomes {
			body.Outcomes = append(body.Outcomes, outcomeOf(o))
		}
		if len(encode(body.Outcomes)) > maxOutcomes {
			body.Outcomes = nil
		}
	}
	return body
}

func outcomeOf(o ports.Outcome) outcome {
	done := outcome{Standing: standingOf(o.Standing, &o.Position)}
	if len(o.Promoted) > 0 {
		done.Promoted = standingOf(o.Promoted[0], new(0))
	}
	return done
}

// replyMessage returns the message that answers a queued command.
func replyMessage(c ports.QueuedCommand, r ports.Reply) *nats.Msg {
	m := &nats.Msg{
		Subject: "roster.replies." + string(c.Tenant), Data: encode(replyBody(c, r)),
		Header: nats.Header{contentType: {"application/json"}},
	}
	if c.Command.Trace != "" {
		m.Header[traceparent] = []string{c.Command.Trace}
	}
	return m
}
