package nats_test

import (
	"regexp"
	"strings"
	"testing"
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
