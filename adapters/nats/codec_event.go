package nats

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/internal/tracecontext"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const schemaVersion = 1

// timeFormat is RFC 3339 in UTC with microseconds.
const timeFormat = "2006-01-02T15:04:05.000000Z"

// An event is what is read from the body of a message on roster.events.
type event struct {
	EventID     string          `json:"eventId"`
	OccurredAt  string          `json:"occurredAt"`
	AggregateID domain.CourseID `json:"aggregateId"`
	Tenant      domain.TenantID `json:"tenant"`
	Sequence    int64           `json:"sequence"`
}

// An eventEncoder makes messages, each in the memory of the one before it, which must be sent already.
type eventEncoder struct {
	msg  nats.Msg
	body []byte
}

// message returns the message for an entry. Its headers are the attributes of CloudEvents (binary content mode of its NATS
// protocol binding 1.0).
func (e *eventEncoder) message(m ports.Message) *nats.Msg {
	if e.msg.Header == nil {
		e.msg.Header = nats.Header{contentType: {"application/json"}, "ce-specversion": {"1.0"}}
	}
	at := m.At.UTC().Format(timeFormat)
	e.msg.Subject = eventSubject(m)
	e.set(jetstream.MsgIDHeader, messageID(m))
	e.set(traceparent, traceparentOf(m.Entry))
	e.set("ce-id", percentEncode(m.ID))
	e.set("ce-source", "/roster/"+string(m.Tenant))
	e.set("ce-type", string(m.Type))
	e.set("ce-subject", percentEncode(string(m.Course)))
	e.set("ce-time", at)
	e.body = appendEvent(e.body[:0], m, at)
	e.msg.Data = e.body
	return &e.msg
}

// set sets a header, and removes it if the value is empty.
func (e *eventEncoder) set(name, value string) {
	switch values := e.msg.Header[name]; {
	case value == "":
		delete(e.msg.Header, name)
	case len(values) == 1:
		values[0] = value
	default:
		e.msg.Header[name] = []string{value}
	}
}

// appendEvent appends the body of a message. Package encoding/json takes five times as long for the same bytes.
func appendEvent(b []byte, m ports.Message, at string) []byte {
	text := func(name, value string) {
		b = append(append(append(b, '"'), name...), `":`...)
		b = append(appendText(b, value), ',')
	}
	b = append(b, '{')
	text("type", string(m.Type))
	b = append(strconv.AppendInt(append(b, `"schemaVersion":`...), schemaVersion, 10), ',')
	text("eventId", m.ID)
	text("occurredAt", at)
	text("correlationId", m.Correlation)
	text("aggregateId", string(m.Course))
	text("tenant", string(m.Tenant))
	b = strconv.AppendInt(append(b, `"sequence":`...), m.Sequence, 10)
	b = append(b, `,"data":{`...)
	switch m.Type {
	case domain.CourseOpened, domain.CourseChanged, domain.CourseClosed:
		text("title", m.Title)
		b = strconv.AppendInt(append(b, `"capacity":`...), int64(m.Capacity), 10)
		b = strconv.AppendBool(append(b, `,"open":`...), m.Open)
		b = strconv.AppendBool(append(b, `,"waitlistEnabled":`...), m.WaitlistEnabled)
	default:
		text("learnerId", string(m.Learner))
		if m.Previous != "" {
			text("previousLearnerId", string(m.Previous))
		}
		text("enrollmentId", string(m.Enrollment))
		if m.From != "" {
			text("from", string(m.From))
		}
		b = b[:len(b)-1] // the last comma
	}
	return append(b, "}}"...)
}

// appendText appends a JSON string.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return append(b, encode(text)...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

const (
	traceparent = "traceparent"
	contentType = "content-type"
)

// messageID returns the id of a message, which the broker compares: that of the event, and the number of the republication.
func messageID(m ports.Message) string {
	if m.Republication == 0 {
		return m.ID
	}
	return m.ID + "." + strconv.FormatInt(m.Republication, 10)
}

// allEvents has the subjects of all events.
const allEvents = "roster.events.>"

// courseSubject returns what the subjects of a course's events begin with.
func courseSubject(c ports.CourseRef) string {
	return "roster.events." + string(c.Tenant) + "." + subjectToken(c.Course)
}

func eventSubject(m ports.Message) string {
	return courseSubject(ports.CourseRef{Tenant: m.Tenant, Course: m.Course}) + "." + strings.ReplaceAll(string(m.Type), ".", "_")
}

// subjectToken returns a course's id as one token of a subject: a byte of A-Z, a-z, 0-9, _ and - stands as it is, any other is = and
// its value as two hexadecimal digits. The longest id has 765 bytes then.
func subjectToken(id domain.CourseID) string {
	return escape(string(id), '=', func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
	})
}

// percentEncode returns text as the value of a CloudEvents header. Everything but printable ASCII is percent-encoded, and so are
// the space, the double quote and the percent sign. Tenants and types have none of these.
func percentEncode(text string) string {
	return escape(text, '%', func(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '%' })
}

// escape replaces every byte that is not plain by a mark and two hexadecimal digits.
func escape(text string, mark byte, plain func(byte) bool) string {
	var b []byte
	for i := range len(text) {
		switch c := text[i]; {
		case !plain(c):
			if b == nil {
				b = append(b, text[:i]...)
			}
			b = fmt.Appendf(b, "%c%02X", mark, c)
		case b != nil:
			b = append(b, c)
		}
	}
	if b == nil {
		return text
	}
	return string(b)
}

// encode returns JSON without escapes for HTML.
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // strings, numbers and booleans can always be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// validTrace returns a traceparent of version 00 as it is, or "" if it is not a valid one.
func validTrace(text string) string {
	if text == "" || tracecontext.Parse(text) != text {
		return ""
	}
	return text
}

// traceparentOf returns the trace of an entry. If it has none, the trace id is derived from its correlation, so that related
// entries share a trace. The flags say that no such trace was recorded.
func traceparentOf(e ports.Entry) string {
	if trace := validTrace(e.Trace); trace != "" {
		return trace
	}
	trace, span := sha256.Sum256([]byte(e.Correlation)), sha256.Sum256([]byte(e.ID))
	b := hex.AppendEncode([]byte("00-"), trace[:16])
	b = hex.AppendEncode(append(b, '-'), span[:8])
	return string(append(b, "-00"...))
}
