package nats_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
)

func TestTraceparents(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	const valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	traces := []string{
		valid, "", "", "nonsense", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "01" + valid[2:], valid + "-more",
	}
	all := course("go-101").events(len(traces))
	for i := range all {
		all[i].Trace = traces[i]
	}
	all[2].Correlation = "another"
	publishAll(t, bus, all...)
	derived := regexp.MustCompile("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$")
	var got []string
	for _, m := range messages(t, b.URL(), "ROSTER_EVENTS") {
		got = append(got, m.Headers().Get("traceparent"))
	}
	if got[0] != valid {
		t.Errorf("the trace of the command became %s", got[0])
	}
	for i, trace := range got[1:] {
		if !derived.MatchString(trace) {
			t.Errorf("%q was replaced by %q, want a derived trace", traces[i+1], trace)
		}
	}
	if got[1][:35] != got[3][:35] || got[1] == got[3] || got[1][:35] == got[2][:35] {
		t.Errorf("want traces derived from correlations and spans from events, got %q", got)
	}
}

// The source of ids decides what an id is, but a header can't hold every text.
func TestAttributesArePercentEncoded(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	odd := course("go-101").events(1)
	odd[0].ID = `a b"%é`
	publishAll(t, bus, odd...)
	h := messages(t, b.URL(), "ROSTER_EVENTS")[0].Headers()
	if id := h.Get("ce-id"); id != "a%20b%22%25%C3%A9" || h.Get("Nats-Msg-Id") != odd[0].ID {
		t.Errorf("ce-id is %q, Nats-Msg-Id %q", id, h.Get("Nats-Msg-Id"))
	}
}

// Subjects are promised: an id of A-Z, a-z, 0-9, _ and - stands in them as it is, as before other ids were possible. A consumer can
// filter on any course.
func TestSubjectsOfCourses(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	tokens := map[domain.CourseID]string{
		"go-101": "go-101", "A-1_b": "A-1_b", "453c1c1.S1.592": "453c1c1=2ES1=2E592",
		"course-v1:MITx+6.00.1x+2T2024": "course-v1=3AMITx=2B6=2E00=2E1x=2B2T2024",
		"CS 115 (A)":                    "CS=20115=20=28A=29", "2024FA/MATH-101": "2024FA=2FMATH-101",
		"*": "=2A", ">": "=3E", "=20": "=3D20", "é": "=C3=A9",
		domain.CourseID(strings.Repeat("/", 255)): strings.Repeat("=2F", 255),
	}
	for id := range tokens {
		publishAll(t, bus, course(id).events(1)...)
	}
	js := jetStream(t, b.URL())
	for id, token := range tokens {
		c, err := js.CreateConsumer(t.Context(), "ROSTER_EVENTS", jetstream.ConsumerConfig{FilterSubject: "roster.events.default." + token + ".*"})
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := read[body](t, m.Data()).AggregateID; got != string(id) || m.Subject() != "roster.events.default."+token+".learner_enrolled" {
			t.Errorf("%q: got the event of %q on %s", id, got, m.Subject())
		}
		if n := c.CachedInfo().NumPending; n != 1 {
			t.Errorf("%q: the filter matches %d events", id, n)
		}
	}
}

func TestTextIsNotEscapedForHTML(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	m := course("go-101").events(1)
	m[0].Learner = "<b>&</b>"
	publishAll(t, bus, m...)
	text := string(messages(t, b.URL(), "ROSTER_EVENTS")[0].Data())
	if !strings.Contains(text, `"learnerId":"<b>&</b>"`) {
		t.Error(text)
	}
}
