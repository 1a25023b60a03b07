package nats

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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

// What a message may ask for.
const (
	enroll   = "enroll"
	withdraw = "withdraw"
)

// set makes c ask for an action, which has to be right.
func (c *command) setAction(a ports.Action) error {
	switch a := a.(type) {
	case ports.Enroll:
		c.Action, c.CourseID, c.LearnerID = enroll, string(a.Course), string(a.Learner)
	case ports.Withdraw:
		c.Action, c.CourseID, c.LearnerID = withdraw, string(a.Course), string(a.Learner)
	default:
		return &domain.Violation{Field: "action", Detail: "must be enroll or withdraw: courses are changed by other doors"}
	}
	_, err := c.action()
	return err
}

// ask returns what c asks for, or a [domain.Violation].
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
	return nil, &domain.Violation{Field: "action", Detail: fmt.Sprintf("must be enroll or withdraw, not %.20q", c.Action)}
}

// ReadCommand returns the command that a message's body asks for, as the queue's of the tenant. One that can't be read is
// [domain.ErrInvalidArgument], which says what to mend, and has no actions; its key and correlation are there where they can
// be read. Names that are not known are passed over: they may be those of a later version.
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

// decode reads one JSON object with text in all fields that are known. Package json would take names in any case of letters,
// the last of two that are alike, and U+FFFD for half of a character: two broken ids must not become one.
func (c *command) decode(body []byte) error {
	if !utf8.Valid(body) {
		return unreadable("is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return unreadable("is no JSON object")
	}
	fields := map[string]*string{
		"action": &c.Action, "courseId": &c.CourseID, "learnerId": &c.LearnerID, "key": &c.Key, "correlationId": &c.CorrelationID,
	}
	seen := make(map[string]bool)
	for d.More() {
		t, err := d.Token()
		name, _ := t.(string)
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return unreadable("is no JSON object")
		}
		if seen[name] {
			return unreadable(fmt.Sprintf("has %.50q twice", name))
		}
		seen[name] = true
		if field := fields[name]; field != nil {
			if err := decodeText(field, value); err != nil {
				return &domain.Violation{Field: name, Detail: err.Error()}
			}
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return unreadable("is no JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return unreadable("has more behind the JSON object")
	}
	return nil
}

func decodeText(field *string, value json.RawMessage) error {
	var s string
	if value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return errors.New("must be text; leave it out where there is none")
	}
	if strings.ContainsRune(s, utf8.RuneError) && bytes.Contains(value, []byte(`\u`)) {
		return errors.New(`has a \u escape that is half a character`)
	}
	*field = s
	return nil
}

func unreadable(why string) error { return &domain.Violation{Field: "body", Detail: why} }

// letterOf returns a message as a letter that was not handed out yet, by this worker.
func queuedCommandOf(m jetstream.Msg, at *jetstream.MsgMetadata) ports.QueuedCommand {
	_, rest, _ := strings.Cut(m.Subject(), "roster.commands.")
	tenant, _, _ := strings.Cut(rest, ".")
	l := ports.QueuedCommand{Tenant: domain.TenantID(tenant), ID: m.Headers().Get(jetstream.MsgIDHeader), Body: m.Data()}
	if l.ID == "" { // a name that it has again when it comes again
		l.ID = fmt.Sprintf("%s.%d.%d", commandStream, at.Sequence.Stream, at.Timestamp.UnixNano())
	}
	l.Command, l.Unreadable = ReadCommand(l.Tenant, l.Body)
	l.Command.Trace = traceFrom(m.Headers())
	if l.Command.Key == "" {
		l.Command.Key = l.ID
	}
	return l
}
