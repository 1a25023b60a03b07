package nats

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const schemaVersion = 1

// instant is how times are told: RFC 3339 in UTC, with microseconds.
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
	LearnerID    domain.LearnerID    `json:"learnerId"`
	EnrollmentID domain.EnrollmentID `json:"enrollmentId"`
	From         domain.Status       `json:"from,omitempty"`
}

type courseData struct {
	Title           string `json:"title"`
	Capacity        int    `json:"capacity"`
	Open            bool   `json:"open"`
	WaitlistEnabled bool   `json:"waitlistEnabled"`
}

// eventMessage returns the message that tells of an entry: the body, and as headers what CloudEvents calls its attributes
// (binary content mode of its NATS protocol binding 1.0).
func eventMessage(m ports.Message) *nats.Msg {
	at := m.At.UTC().Format(timeFormat)
	values := [...]string{
		m.ID, traceparentOf(m.Entry), "application/json",
		"1.0", percentEncode(m.ID), "/roster/" + string(m.Tenant), string(m.Type), string(m.Course), at,
	}
	return &nats.Msg{
		Subject: eventSubject(m),
		Header: nats.Header{
			jetstream.MsgIDHeader: values[0:1:1], traceparent: values[1:2:2], contentType: values[2:3:3],
			"ce-specversion": values[3:4:4], "ce-id": values[4:5:5], "ce-source": values[5:6:6],
			"ce-type": values[6:7:7], "ce-subject": values[7:8:8], "ce-time": values[8:9:9],
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

func eventSubject(m ports.Message) string {
	return fmt.Sprintf("roster.events.%s.%s.%s", m.Tenant, m.Course, strings.ReplaceAll(string(m.Type), ".", "_"))
}

func eventData(e domain.Event) any {
	switch e.Type {
	case domain.CourseOpened, domain.CourseChanged, domain.CourseClosed:
		return courseData{e.Title, e.Capacity, e.Open, e.WaitlistEnabled}
	}
	return learnerData{e.Learner, e.Enrollment, e.From}
}

// attribute returns text as the value of a CloudEvents header: what is not printable ASCII, a space, a quote and a percent
// sign are percent-encoded. Tenants, courses and types have none of them.
func percentEncode(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c > ' ' && c < 0x7f && c != '"' && c != '%' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

// encode returns JSON in which text stands as it is, without HTML's escapes.
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // of texts, numbers and flags there is always JSON
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// A traceparent of version 00 (W3C Trace Context).
var traceparent00 = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$`)

const (
	noTrace = "00000000000000000000000000000000"
	noSpan  = "0000000000000000"
)

func validTrace(text string) bool {
	ids := traceparent00.FindStringSubmatch(text)
	return ids != nil && ids[1] != noTrace && ids[2] != noSpan
}

// traceOf returns the trace that an entry is part of. Where there is none, one is made of its correlation, so that what belongs
// together is found together; it is marked as one that nobody recorded.
func traceparentOf(e ports.Entry) string {
	if validTrace(e.Trace) {
		return e.Trace
	}
	trace, span := sha256.Sum256([]byte(e.Correlation)), sha256.Sum256([]byte(e.ID))
	return fmt.Sprintf("00-%x-%x-00", trace[:16], span[:8])
}

// traceFrom returns the trace that a message names, empty where that is none.
func traceFrom(h nats.Header) string {
	if trace := h.Get(traceparent); validTrace(trace) {
		return trace
	}
	return ""
}
