package nats_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type learnerJSON struct {
	LearnerID         string `json:"learnerId"`
	PreviousLearnerID string `json:"previousLearnerId,omitempty"`
	EnrollmentID      string `json:"enrollmentId"`
	From              string `json:"from,omitempty"`
}

type courseJSON struct {
	Title           string `json:"title"`
	Capacity        int    `json:"capacity"`
	Open            bool   `json:"open"`
	WaitlistEnabled bool   `json:"waitlistEnabled"`
}

// bodyOf returns the body of an event as package encoding/json writes it, without escapes for HTML.
func bodyOf(t *testing.T, m ports.Message) []byte {
	t.Helper()
	body := struct {
		Type          string `json:"type"`
		SchemaVersion int    `json:"schemaVersion"`
		EventID       string `json:"eventId"`
		OccurredAt    string `json:"occurredAt"`
		CorrelationID string `json:"correlationId"`
		AggregateID   string `json:"aggregateId"`
		Tenant        string `json:"tenant"`
		Sequence      int64  `json:"sequence"`
		Data          any    `json:"data"`
	}{
		string(m.Type), 1, m.ID, m.At.UTC().Format("2006-01-02T15:04:05.000000Z"), m.Correlation, string(m.Course), string(m.Tenant), m.Sequence,
		learnerJSON{string(m.Learner), string(m.Previous), string(m.Enrollment), string(m.From)},
	}
	if m.Learner == "" {
		body.Data = courseJSON{m.Title, m.Capacity, m.Open, m.WaitlistEnabled}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// The bytes of a body stay, whatever text it has.
func TestBodiesAreJSON(t *testing.T) {
	t.Parallel()
	texts := []string{"", "ada", `"`, `\`, "<b>&</b>", "é", "e\u0301", "\u2028\u2029", "😀", "a\xffb", "\xc3", "\x7f", "\ufffd", `\u0041`}
	for c := range 256 {
		texts = append(texts, "a"+string([]byte{byte(c)})+"b", string(rune(c))+"c")
	}
	for _, text := range texts {
		for _, each := range eventTypes {
			m := ports.Message{Tenant: domain.TenantID(text), Entry: ports.Entry{
				ID: "id " + text, Correlation: text, Event: domain.Event{
					Type: each, Course: domain.CourseID(text), Sequence: int64(len(text)) << 40, At: time.Unix(1_800_000_000, 1_500).In(time.FixedZone("", 3600)),
				},
			}}
			switch each {
			case domain.CourseOpened, domain.CourseChanged, domain.CourseClosed:
				m.Terms = domain.Terms{Title: text, Capacity: domain.MaxCapacity, Open: each == domain.CourseOpened, WaitlistEnabled: text == ""}
			default:
				m.Learner, m.Previous, m.Enrollment, m.From = domain.LearnerID("l"+text), domain.LearnerID(text), domain.EnrollmentID(text), domain.Status(text)
			}
			if got, want := nats.Body(m), bodyOf(t, m); !bytes.Equal(got, want) {
				t.Fatalf("%q: the body is\n%s, want\n%s", text, got, want)
			}
		}
	}
}

func TestAnswersOfTheBroker(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]jetstream.PubAck{
		`{"stream":"ROSTER_EVENTS", "seq":1}`:                                      {Sequence: 1},
		`{"stream":"ROSTER_EVENTS","domain":"hub", "seq":18446744073709551615}`:    {Sequence: 18446744073709551615},
		`{"stream":"ROSTER_EVENTS", "seq":22,"duplicate": true}`:                   {Stream: "ROSTER_EVENTS", Sequence: 22, Duplicate: true},
		`{"stream":"ROSTER_EVENTS","seq": 7 , "duplicate":false}`:                  {Stream: "ROSTER_EVENTS", Sequence: 7},
		`{"error":{"code":400,"err_code":10071,"description":"\"seq\":3"}}`:        {},
		`{"error":{"code":400,"err_code":10071},"stream":"ROSTER_EVENTS","seq":0}`: {},
		`{"stream":"ROSTER_EVENTS","seq":0}`:                                       {},
		`{"stream":"ROSTER_EVENTS"}`:                                               {},
		`{"seq":-1}`:                                                               {},
		`{`:                                                                        {},
		``:                                                                         {},
	} {
		ack, err := nats.ReadAck(data, "")
		if (err == nil) != (want.Sequence > 0) || err == nil && ack != want {
			t.Errorf("%s: %+v, %v", data, ack, err)
		}
	}
	if _, err := nats.ReadAck("", "503"); !errors.Is(err, client.ErrNoResponders) {
		t.Error(err)
	}
}

// An event that no stream takes, and one that is too large, are errors at once; those before are acknowledged.
func TestPublishWhatIsNotStored(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	js := jetStream(t, b.URL())
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ROSTER_EVENTS", Subjects: []string{"roster.events.default.course-0.>"}}); err != nil {
		t.Fatal(err)
	}
	bus := connect(t, b.URL())
	all := mixed(2, 3)
	if n, err := bus.Publish(t.Context(), all); n != 1 || !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("%d were acknowledged: %v", n, err)
	}
	large := course("course-0").events(5)
	large[3].Correlation = fmt.Sprintf("%2000000d", 0)
	if n, err := bus.Publish(t.Context(), large); n != 3 || !errors.Is(err, ports.ErrInternal) {
		t.Errorf("%d were acknowledged: %v", n, err)
	}
	if got := len(ids(t, b.URL())); got != 4 {
		t.Errorf("%d messages are stored, want 4", got)
	}
}

// The answer to a message can be lost with the connection. It is not waited for then.
func TestAnswersThatAreLost(t *testing.T) {
	t.Parallel()
	disconnected := make(chan struct{}, 1)
	disconnected <- struct{}{}
	if err := nats.Unanswered(t.Context(), disconnected); !errors.Is(err, client.ErrDisconnected) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.EOF)
	if err := nats.Unanswered(ctx, nil); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) {
		if err := nats.Unanswered(t.Context(), nil); !errors.Is(err, client.ErrTimeout) {
			t.Error(err)
		}
	})
}
