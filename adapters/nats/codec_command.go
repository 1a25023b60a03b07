package nats

import (
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/internal/jsonfields"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A command is the body of a message on roster.commands: one action, or a list of actions that is all or nothing.
type command struct {
	*jsonfields.Action
	Actions       []*jsonfields.Action `json:"actions,omitempty"`
	Key           string               `json:"key,omitempty"`
	CorrelationID string               `json:"correlationId,omitempty"`
}

// commandOf returns the body for a command, or a [domain.Violation].
func commandOf(c ports.Command) (body command, err error) {
	if n := len(c.Actions); n < 1 || n > ports.MaxActions || n > 1 && !c.AllOrNothing {
		return body, &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be one, or up to %d that are all or nothing, got %d", ports.MaxActions, n)}
	}
	body = command{Key: c.Key, CorrelationID: c.Correlation}
	for i, a := range c.Actions {
		j := new(jsonfields.Action)
		if err := setAction(j, a); err != nil {
			return body, inAction(c.AllOrNothing, i, err)
		}
		if c.AllOrNothing {
			body.Actions = append(body.Actions, j)
		} else {
			body.Action = j
		}
	}
	return body, nil
}

// setAction sets the fields of an action, which must be valid. This is one of the two type switches over actions: see
// [ports.Action].
func setAction(j *jsonfields.Action, a ports.Action) error {
	switch a := a.(type) {
	case ports.Enroll:
		*j = jsonfields.Action{Action: "enroll", CourseID: a.Course, LearnerID: a.Learner, SeatOnly: a.SeatOnly}
	case ports.Withdraw:
		*j = jsonfields.Action{Action: "withdraw", CourseID: a.Course, LearnerID: a.Learner, EnrollmentID: a.Enrollment}
	case ports.PutCourse:
		return &domain.Violation{Field: "action", Detail: "must be enroll or withdraw: the queue does not change courses"}
	default:
		return fmt.Errorf("%w: %T has no form in the queue", ports.ErrInternal, a)
	}
	return a.Validate()
}

// inAction returns an error that says in which action of a list it is.
func inAction(list bool, i int, err error) error {
	if !list {
		return err
	}
	return fmt.Errorf("action %d: %w", i+1, err)
}

// ReadCommand returns the command in a message's body, with the tenant's queue as its actor. If the body is invalid, the error is
// [domain.ErrInvalidArgument] and says what to fix, and the command has no actions; it has the key and the correlation if those
// could be read. Unknown fields are ignored, because they may be a later version's, unless they are probably a misspelled one.
func ReadCommand(tenant domain.TenantID, body []byte) (ports.Command, error) {
	read := ports.Command{By: ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}}
	var c command
	err := c.decode(body)
	read.Key, read.Correlation, read.AllOrNothing = c.Key, c.CorrelationID, c.Action == nil
	if err != nil {
		return read, err
	}
	all := c.Actions
	if c.Action != nil {
		all = []*jsonfields.Action{c.Action}
	}
	actions := make([]ports.Action, len(all))
	for i, j := range all {
		if actions[i], err = j.Parse(); err == nil {
			err = actions[i].Validate()
		}
		if err != nil {
			return read, inAction(read.AllOrNothing, i, err)
		}
	}
	read.Actions = actions
	return read, nil
}

// decode sets c.Action unless the body has actions.
func (c *command) decode(body []byte) error {
	one, list := new(jsonfields.Action), []json.RawMessage(nil)
	f := fieldsOf(one)
	f["key"], f["correlationId"], f["actions"] = &c.Key, &c.CorrelationID, &list
	err := f.Decode(body, unknownField)
	if list == nil {
		c.Action = one
		return err
	}
	switch n := len(list); {
	case err != nil:
		return err
	case *one != jsonfields.Action{}:
		return invalidBody("must have either action or actions")
	case n < 1 || n > ports.MaxActions:
		return &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be 1 to %d, got %d", ports.MaxActions, n)}
	}
	for i, body := range list {
		j := new(jsonfields.Action)
		if err := fieldsOf(j).Decode(body, unknownField); err != nil {
			return inAction(true, i, err)
		}
		c.Actions = append(c.Actions, j)
	}
	return nil
}

// fieldsOf returns the fields of an action in a list.
func fieldsOf(j *jsonfields.Action) jsonfields.Fields {
	f := j.Fields()
	f["key"], f["correlationId"], f["actions"] = misplaced("key"), misplaced("correlationId"), misplaced("actions")
	return f
}

func misplaced(field string) error {
	return &domain.Violation{Field: field, Detail: "must stand beside actions, not in one of them"}
}

// unknownField ignores a field that a later version may send, unless its name is nearly a known one.
func unknownField(name, meant string) error {
	if meant == "" {
		return nil
	}
	return invalidBody(fmt.Sprintf("has the unknown field %s; did you mean %s?", name, meant))
}

func invalidBody(detail string) error { return &domain.Violation{Field: "body", Detail: detail} }

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
