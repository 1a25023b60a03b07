package nats_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/adapters/nats"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// ids returns the message ids in the stream of events.
func ids(t testing.TB, url string) (all []string) {
	t.Helper()
	for _, m := range messages(t, url, "ROSTER_EVENTS") {
		all = append(all, m.Headers().Get("Nats-Msg-Id"))
	}
	return all
}

// numbered returns the ids that messages have in a republication.
func numbered(messages []ports.Message, number int) (all []string) {
	for _, m := range messages {
		if all = append(all, m.ID); number > 0 {
			all[len(all)-1] += fmt.Sprint(".", number)
		}
	}
	return all
}

func requireIDs(t *testing.T, url string, want ...[]string) {
	t.Helper()
	if got, want := ids(t, url), slices.Concat(want...); !slices.Equal(got, want) {
		t.Fatalf("the stream has %d messages\n%q, want %d\n%q", len(got), got, len(want), want)
	}
}

func eventStream(t testing.TB, url string) jetstream.Stream {
	t.Helper()
	s, err := jetStream(t, url).Stream(t.Context(), "ROSTER_EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The broker answers that a message is a duplicate although the message was removed. It is published again with the next id; a message
// that the stream holds is not.
func TestPublishAfterMessagesWereRemoved(t *testing.T) {
	t.Parallel()
	all := slices.Concat(course("a").events(10), course("b").events(10), course("c").events(5))
	known := all[:20]
	remove := func(sequences ...uint64) func(*testing.T, jetstream.Stream) error {
		return func(t *testing.T, s jetstream.Stream) error {
			for _, at := range sequences {
				if err := s.DeleteMsg(t.Context(), at); err != nil {
					return err
				}
			}
			return nil
		}
	}
	purge := func(options ...jetstream.StreamPurgeOpt) func(*testing.T, jetstream.Stream) error {
		return func(t *testing.T, s jetstream.Stream) error { return s.Purge(t.Context(), options...) }
	}
	for name, c := range map[string]struct {
		remove func(*testing.T, jetstream.Stream) error
		lost   []ports.Message
	}{
		"purged":                   {purge(), known},
		"purged but for 5":         {purge(jetstream.WithPurgeKeep(5)), known[:15]},
		"purged up to a message":   {purge(jetstream.WithPurgeSequence(8)), known[:7]},
		"one course purged":        {purge(jetstream.WithPurgeSubject("roster.events.default.b.>")), known[10:]},
		"three messages deleted":   {remove(1, 7, 20), []ports.Message{known[0], known[6], known[19]}},
		"a later message deleted":  {remove(15), known[14:15]},
		"the last ones deleted":    {remove(19, 20), known[18:]},
		"nothing removed":          {remove(), nil},
		"all purged but the newer": {purge(jetstream.WithPurgeSequence(20)), known[:19]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, t.TempDir())
			var log bytes.Buffer
			bus, err := nats.Connect(b.URL(), nats.Options{InProcess: b, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer bus.Close()
			publishAll(t, bus, known...)
			if err := c.remove(t, eventStream(t, b.URL())); err != nil {
				t.Fatal(err)
			}
			left := ids(t, b.URL())
			publishAll(t, bus, all...)
			requireIDs(t, b.URL(), left, numbered(c.lost, 1), numbered(all[20:], 0))
			publishAll(t, bus, all[20:]...)
			requireIDs(t, b.URL(), left, numbered(c.lost, 1), numbered(all[20:], 0))
			if says := strings.Contains(log.String(), fmt.Sprint("events=", len(c.lost))); says != (len(c.lost) > 0) {
				t.Errorf("%d messages were lost, and the log is\n%s", len(c.lost), &log)
			}
		})
	}
}

// A message that is lost again gets the next id again.
func TestPublishAfterRepeatedPurges(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.Options{InProcess: b})
	all := course("go-101").events(20)
	for number := range 3 {
		publishAll(t, bus, all...)
		requireIDs(t, b.URL(), numbered(all, number))
		purge(t, b.URL())
	}
	for i := range all {
		all[i].Republication = 7
	}
	for number := range 3 {
		publishAll(t, bus, all...)
		requireIDs(t, b.URL(), numbered(all, 7+number))
		purge(t, b.URL())
	}
	for i := range all {
		all[i].Republication = 1 // 3 is the first that the broker does not know
	}
	publishAll(t, bus, all...)
	requireIDs(t, b.URL(), numbered(all, 3))
}

// A republication has the subject, the headers and the body of the first publication, and another message id.
func TestRepublicationsDifferInTheirMessageID(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.Options{InProcess: b})
	all := course("go-101").events(1)
	publishAll(t, bus, all...)
	all[0].Republication = 12
	publishAll(t, bus, all...)
	requireIDs(t, b.URL(), numbered(all, 0), numbered(all, 12))
	stored := messages(t, b.URL(), "ROSTER_EVENTS")
	first, second := stored[0], stored[1]
	if first.Subject() != second.Subject() || !bytes.Equal(first.Data(), second.Data()) {
		t.Errorf("%s %s became %s %s", first.Subject(), first.Data(), second.Subject(), second.Data())
	}
	for name, values := range first.Headers() {
		if again := second.Headers()[name]; !slices.Equal(values, again) && name != "Nats-Msg-Id" && !strings.HasPrefix(name, "Nats-Expected-") {
			t.Errorf("the header %s was %q and is %q", name, values, again)
		}
	}
}

// What is published again costs a few messages each at most, and a new republication one.
func TestPublishingAgainSendsFewMessages(t *testing.T) {
	t.Parallel()
	const n, few = 1000, 200
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.Options{InProcess: b})
	all := course("go-101").events(n)
	sent := func(what string, most uint64) {
		t.Helper()
		before := bus.Sent()
		publishAll(t, bus, all...)
		if got := bus.Sent() - before; got > most {
			t.Errorf("%d messages were sent %s, want at most %d", got, what, most)
		}
	}
	sent("at first", n+few)
	sent("for messages that the stream holds", 2*n+few)
	for i := range all {
		all[i].Republication = 1
	}
	sent("for a republication", 2*n+few) // the first window expects duplicates again
	purge(t, b.URL())
	sent("for messages that were lost", 6*n+few) // twice each, with two requests in between, after some that were refused
	requireIDs(t, b.URL(), numbered(all, 2))
}

// A broker that only ever answers that it has a message is not believed, even if it has another one at that place.
func TestPublishToABrokerThatHoldsNothing(t *testing.T) {
	t.Parallel()
	for _, others := range []int{0, 3} {
		b := startBroker(t, t.TempDir())
		js := jetStream(t, b.URL())
		s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ROSTER_EVENTS", Subjects: []string{"nothing"}})
		if err != nil {
			t.Fatal(err)
		}
		for range others {
			if _, err := js.Publish(t.Context(), "nothing", nil); err != nil {
				t.Fatal(err)
			}
		}
		if others > 0 {
			if err := s.DeleteMsg(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := js.Conn().Subscribe("roster.events.>", func(m *client.Msg) {
			_ = m.Respond([]byte(`{"stream":"ROSTER_EVENTS","seq":1,"duplicate":true}`))
		}); err != nil {
			t.Fatal(err)
		}
		if err := js.Conn().Flush(); err != nil {
			t.Fatal(err)
		}
		n, err := connect(t, b.URL()).Publish(t.Context(), course("go-101").events(3))
		if n != 0 || !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "does not hold") {
			t.Errorf("%d were acknowledged: %v", n, err)
		}
	}
}

func requireLatest(t *testing.T, bus *nats.Bus, want ports.EventRef) {
	t.Helper()
	if got, err := bus.Latest(t.Context()); err != nil || got.At.Unix() != want.At.Unix() || got.CourseRef != want.CourseRef || got.ID != want.ID || got.Sequence != want.Sequence {
		t.Errorf("the latest event is %+v, want %+v: %v", got, want, err)
	}
}

func requireHolds(t *testing.T, bus *nats.Bus, event ports.EventRef, want bool) {
	t.Helper()
	if got, err := bus.Holds(t.Context(), event); got != want || err != nil {
		t.Errorf("the stream holds %+v: %v, want %v: %v", event, got, want, err)
	}
}

// recent returns events that happened now, so none has expired.
func (c course) recent(n int) []ports.Message {
	all := c.events(n)
	for i := range all {
		all[i].At = time.Now()
	}
	return all
}

func TestHoldsAfterTheStreamChanged(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), t.TempDir()
	b := startBroker(t, dir)
	bus := connect(t, b.URL())
	all, other := course("a.b *").recent(9), course("other").recent(3)
	publishAll(t, bus, slices.Concat(other, all[:4])...)
	b.Close()
	if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	b = startBroker(t, dir)
	bus = connect(t, b.URL())
	publishAll(t, bus, all[4:]...)
	requireLatest(t, bus, all[8].Ref())
	s := eventStream(t, b.URL())
	if err := s.DeleteMsg(t.Context(), 12); err != nil { // the last one
		t.Fatal(err)
	}
	requireLatest(t, bus, all[7].Ref())
	requireHolds(t, bus, all[8].Ref(), false)
	requireHolds(t, bus, all[7].Ref(), true)
	b.Close()

	b = startBroker(t, old) // the broker is restored to an earlier state
	bus = connect(t, b.URL())
	requireLatest(t, bus, all[3].Ref())
	requireHolds(t, bus, all[8].Ref(), false)
	requireHolds(t, bus, all[3].Ref(), true)
	requireHolds(t, bus, other[2].Ref(), true)
	publishAll(t, bus, all[4:]...)
	requireLatest(t, bus, all[8].Ref())

	if err := jetStream(t, b.URL()).DeleteStream(t.Context(), "ROSTER_EVENTS"); err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "the stream is created again, when the broker has removed the files of the old one", func() bool {
		_, err := bus.Latest(t.Context())
		return err == nil
	})
	requireLatest(t, bus, ports.EventRef{})
	requireHolds(t, bus, all[8].Ref(), false)
	publishWithRetry(t, bus, all)
	requireLatest(t, bus, all[8].Ref())
	requireHolds(t, bus, all[0].Ref(), true)
}

// An event that has reached the longest age of the stream need not be in it, whatever age that is.
func TestHoldsWhatHasExpired(t *testing.T) {
	t.Parallel()
	for age, expired := range map[time.Duration]bool{0: false, time.Hour: true, 3 * time.Hour: false} {
		b := startBroker(t, t.TempDir())
		js := jetStream(t, b.URL())
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ROSTER_EVENTS", Subjects: []string{"roster.events.>"}, MaxAge: age})
		if err != nil {
			t.Fatal(err)
		}
		bus := connect(t, b.URL())
		all := course("c").recent(3)
		all[1].At = time.Now().Add(-2 * time.Hour)
		requireHolds(t, bus, all[1].Ref(), expired)
		requireHolds(t, bus, all[2].Ref(), false)
		publishAll(t, bus, all[0])
		requireHolds(t, bus, all[1].Ref(), expired)
		publishAll(t, bus, all[1])
		otherHistory := all[1].Ref()
		otherHistory.ID = newID()
		requireHolds(t, bus, otherHistory, false)
	}
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	old := course("c").recent(2)
	old[0].At, old[1].At = time.Now().AddDate(0, 0, -31), time.Now().AddDate(0, 0, -29)
	requireHolds(t, bus, old[0].Ref(), true)
	requireHolds(t, bus, old[1].Ref(), false)
}

// What another program has sent on the subjects of events is not taken for an event.
func TestLatestIsNoEvent(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{", "{}", "[]", `{"eventId":"x"}`, `{"eventId":"x","occurredAt":"yesterday"}`} {
		b := startBroker(t, t.TempDir())
		bus := connect(t, b.URL())
		if err := bus.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := jetStream(t, b.URL()).Publish(t.Context(), "roster.events.default.c.other", []byte(body)); err != nil {
			t.Fatal(err)
		}
		if _, err := bus.Latest(t.Context()); !errors.Is(err, ports.ErrInternal) {
			t.Errorf("%q: Latest returned %v", body, err)
		}
		if _, err := bus.Holds(t.Context(), course("c").recent(1)[0].Ref()); !errors.Is(err, ports.ErrInternal) {
			t.Errorf("%q: Holds returned %v", body, err)
		}
	}
}

func TestPurgeEvents(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connect(t, b.URL())
	all := mixed(3, 10)
	for _, want := range []int{0, 30, 0} {
		if n, err := bus.PurgeEvents(t.Context()); n != uint64(want) || err != nil {
			t.Errorf("%d messages were removed, want %d: %v", n, want, err)
		}
		if want == 0 {
			publishAll(t, bus, all...)
		}
	}
	requirePublished(t, b.URL(), all)
	b.Close()
	for _, call := range []func() error{
		func() error { _, err := bus.PurgeEvents(t.Context()); return err },
		func() error { _, err := bus.Latest(t.Context()); return err },
		func() error { _, err := bus.Holds(t.Context(), all[0].Ref()); return err },
	} {
		if err := call(); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("without a broker, the error is %v", err)
		}
	}
}
