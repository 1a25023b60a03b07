package nats

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A command is the body of a message on roster.commands.
type command struct {
	Action        string `json:"action"`
	CourseID      string `json:"courseId"`
	LearnerID     string `json:"learnerId"`
	Key           string `json:"key,omitempty"`
	CorrelationID string `json:"correlationId,omitempty"`
}

// The values of action.
const (
	enroll   = "enroll"
	withdraw = "withdraw"
)

// setAction sets the fields of an action, which must be valid. This is one of the two type switches over actions: see
// [ports.Action].
func (c *command) setAction(a ports.Action) error {
	switch a := a.(type) {
	case ports.Enroll:
		c.Action, c.CourseID, c.LearnerID = enroll, string(a.Course), string(a.Learner)
	case ports.Withdraw:
		c.Action, c.CourseID, c.LearnerID = withdraw, string(a.Course), string(a.Learner)
	case ports.PutCourse:
		return &domain.Violation{Field: "action", Detail: "must be enroll or withdraw: the queue does not change courses"}
	default:
		return fmt.Errorf("%w: %T has no form in the queue", ports.ErrInternal, a)
	}
	_, err := c.action()
	return err
}

// action returns the action, or a [domain.Violation].
func (c *command) action() (a ports.Action, err error) {
	course, learner := domain.CourseID(c.CourseID), domain.LearnerID(c.LearnerID)
	switch c.Action {
	case enroll:
		a = ports.Enroll{Course: course, Learner: learner}
	case withdraw:
		a = ports.Withdraw{Course: course, Learner: learner}
	default:
		return nil, &domain.Violation{Field: "action", Detail: fmt.Sprintf("must be enroll or withdraw, got %.20q", c.Action)}
	}
	if err := a.Validate(); err != nil {
		return nil, err
	}
	return a, nil
}

// ReadCommand returns the command in a message's body, with the tenant's queue as its actor. If the body is invalid, the error is
// [domain.ErrInvalidArgument] and says what to fix, and the command has no actions; it has the key and the correlation if those
// could be read. Unknown fields are ignored, because they may be a later version's, unless they are probably a misspelled one.
func ReadCommand(tenant domain.TenantID, body []byte) (ports.Command, error) {
	read := ports.Command{By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}}
	var c command
	err := c.decode(body)
	read.Key, read.Correlation = c.Key, c.CorrelationID
	if err != nil {
		return read, err
	}
	action, err := c.action()
	if err != nil {
		return read, err
	}
	read.Actions = []ports.Action{action}
	return read, nil
}

func (c *command) decode(body []byte) error {
	return fields{
		"action": &c.Action, "courseId": &c.CourseID, "learnerId": &c.LearnerID, "key": &c.Key, "correlationId": &c.CorrelationID,
	}.decode(body)
}

// queuedCommandOf returns the command in a message, with no attempts.
func queuedCommandOf(m jetstream.Msg, meta *jetstream.MsgMetadata) ports.QueuedCommand {
	_, rest, _ := strings.Cut(m.Subject(), "roster.commands.")
	tenant, _, _ := strings.Cut(rest, ".")
	c := ports.QueuedCommand{Tenant: domain.TenantID(tenant), ID: m.Headers().Get(jetstream.MsgIDHeader), Body: m.Data()}
	if c.ID == "" { // an id that is the same in every delivery
		c.ID = fmt.Sprintf("%s.%d.%d", commandStream, meta.Sequence.Stream, meta.Timestamp.UnixNano())
	}
	c.Command, c.Unreadable = ReadCommand(c.Tenant, c.Body)
	c.Command.Trace = validTrace(m.Headers().Get(traceparent))
	if c.Command.Key == "" {
		c.Command.Key = c.ID
	}
	return c
}
