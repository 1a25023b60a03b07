package nats

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // refuses duplicate names, and does not ignore the case of names
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
func (c *command) action() (ports.Action, error) {
	course, learner := domain.CourseID(c.CourseID), domain.LearnerID(c.LearnerID)
	if err := cmp.Or(course.Validate(), learner.Validate()); err != nil {
		return nil, err
	}
	switch c.Action {
	case enroll:
		return ports.Enroll{Course: course, Learner: learner}, nil
	case withdraw:
		return ports.Withdraw{Course: course, Learner: learner}, nil
	}
	return nil, &domain.Violation{Field: "action", Detail: fmt.Sprintf("must be enroll or withdraw, got %.20q", c.Action)}
}

// ReadCommand returns the command in a message's body, with the tenant's queue as its actor. If the body is invalid, the error is
// [domain.ErrInvalidArgument] and says what to fix, and the command has no actions; it has the key and the correlation if those
// could be read. Unknown names are ignored: they may be a later version's.
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

// decode reads one JSON object whose known fields are all strings. It refuses half a character, which package json replaces by
// U+FFFD: otherwise two broken ids could become the same id.
func (c *command) decode(body []byte) (err error) {
	if !utf8.Valid(body) {
		return invalidBody("must be UTF-8")
	}
	var object map[string]json.RawMessage
	err = json.Unmarshal(body, &object)
	switch {
	case object == nil:
		return invalidBody("must be one JSON object, with nothing after it")
	case err != nil:
		err = invalidBody(fmt.Sprintf("must have each name once: %.100v", err))
	}
	for _, field := range []struct {
		name string
		text *string
	}{
		{"action", &c.Action}, {"courseId", &c.CourseID}, {"learnerId", &c.LearnerID}, {"key", &c.Key}, {"correlationId", &c.CorrelationID},
	} {
		if value, ok := object[field.name]; ok {
			err = cmp.Or(err, decodeText(field.text, field.name, value))
		}
	}
	return err
}

func decodeText(text *string, name string, value json.RawMessage) error {
	var decoded string
	if value[0] != '"' || json.Unmarshal(value, &decoded) != nil {
		return &domain.Violation{Field: name, Detail: "must be a string; leave it out if there is none"}
	}
	if strings.ContainsRune(decoded, utf8.RuneError) && bytes.Contains(value, []byte(`\u`)) {
		return &domain.Violation{Field: name, Detail: `must not have a \u escape that is half a character`}
	}
	*text = decoded
	return nil
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
