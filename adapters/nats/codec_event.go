package nats

import (
	"bytes"
	"crypto/sha256"
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

// An event is the body of a message on roster.events.
type event struct {
	Type          domain.EventType `json:"type"`
	SchemaVersion int              `json:"schemaVersion"`
	EventID       string           `json:"eventId"`
	OccurredAt    string           `json:"occurredAt"`
	CorrelationID string           `json:"correlationId"`
	AggregateID   domain.CourseID  `json:"aggregateId"`
	Tenant        domain.TenantID  `json:"tenant"`
	Sequence      int64            `json:"sequence"`
	Data          any              `json:"data"` // learnerData or courseData
}

type learnerData struct {
	LearnerID         domain.LearnerID    `json:"learnerId"`
	PreviousLearnerID domain.LearnerID    `json:"previousLearnerId,omitempty"`
	EnrollmentID      domain.EnrollmentID `json:"enrollmentId"`
	From              domain.Status       `json:"from,omitempty"`
}

type courseData struct {
	Title           string `json:"title"`
	Capacity        int    `json:"capacity"`
	Open            bool   `json:"open"`
	WaitlistEnabled bool   `json:"waitlistEnabled"`
}

// eventMessage returns the message for an entry. Its headers are the attributes of CloudEvents (binary content mode of its NATS
// protocol binding 1.0).
func eventMessage(m ports.Message) *nats.Msg {
	at := m.At.UTC().Format(timeFormat)
	return &nats.Msg{
		Subject: eventSubject(m),
		Header: nats.Header{
			jetstream.MsgIDHeader: {messageID(m)}, traceparent: {traceparentOf(m.Entry)}, contentType: {"application/json"},
			"ce-specversion": {"1.0"}, "ce-id": {percentEncode(m.ID)}, "ce-source": {"/roster/" + string(m.Tenant)},
			"ce-type": {string(m.Type)}, "ce-subject": {percentEncode(string(m.Course))}, "ce-time": {at},
		},
		Data: encode(event{
			Type: m.Type, SchemaVersion: schemaVersion, EventID: m.ID, OccurredAt: at, CorrelationID: m.Correlation,
			AggregateID: m.Course, Tenant: m.Tenant, Sequence: m.Sequence, Data: eventData(m.Event),
		}),
	}
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

func eventData(e domain.Event) any {
	switch e.Type {
	case domain.CourseOpened, domain.CourseChanged, domain.CourseClosed:
		return courseData{e.Title, e.Capacity, e.Open, e.WaitlistEnabled}
	}
	return learnerData{e.Learner, e.Previous, e.Enrollment, e.From}
}

// percentEncode returns text as the value of a CloudEvents header. Everything but printable ASCII is percent-encoded, and so are
// the space, the double quote and the percent sign. Tenants and types have none of these.
func percentEncode(text string) string {
	return escape(text, '%', func(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '%' })
}

// escape replaces every byte that is not plain by a mark and two hexadecimal digits.
func escape(text string, mark byte, plain func(byte) bool) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%c%02X", mark, c)
		}
	}
	return b.String()
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
	if tracecontext.Parse(text) != text {
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
	return fmt.Sprintf("00-%x-%x-00", trace[:16], span[:8])
}
