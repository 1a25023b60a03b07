package promises_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports/portstest"
)

// newServer starts a NATS server as anyone may run one, until t ends.
func newServer(t testing.TB) (url string) {
	t.Helper()
	b, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Start()
	t.Cleanup(func() { b.Shutdown(); b.WaitForShutdown() })
	if !b.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready after two minutes")
	}
	return "nats://" + b.Addr().String()
}

// jetStream connects to a broker until t ends.
func jetStream(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := natsio.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// messages returns all that a stream holds; nothing if there is no such stream yet.
func messages(t testing.TB, js jetstream.JetStream, stream string) (all []jetstream.RawStreamMsg) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	state := s.CachedInfo().State
	for n := state.FirstSeq; n > 0 && n <= state.LastSeq; n++ {
		if m, err := s.GetMsg(t.Context(), n); err == nil {
			all = append(all, *m)
		}
	}
	return all
}

var (
	holder    = regexp.MustCompile(`^roster\.workers\..*`)
	partition = regexp.MustCompile(`^(roster\.(?:commands\.\w+|commands\.\*|partitions))\.\d+$`)
	consumer  = regexp.MustCompile(`^partition-\d+-\d+$`)
)

// general puts a letter in the place of what differs between partitions and processes.
func general(name string) string {
	name = consumer.ReplaceAllString(name, "partition-P-N")
	return partition.ReplaceAllString(holder.ReplaceAllString(name, "roster.workers.ID"), "$1.P")
}

// config returns the settings that are not zero, one a line. What a server adds about itself is left out.
func config(t *testing.T, of any) (lines []string) {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	if err := json.Unmarshal(text, &settings); err != nil {
		t.Fatal(err)
	}
	for name, value := range settings {
		if m, ok := value.(map[string]any); ok && name == "metadata" {
			for key := range m {
				if !strings.HasPrefix(key, "_nats.") {
					lines = append(lines, "metadata: "+key)
				}
			}
			continue
		}
		if name == "description" || name == "consumer_limits" || value == nil || value == false || value == 0.0 || value == -1.0 || value == "" {
			continue
		}
		text, _ := json.Marshal(value)
		lines = append(lines, name+": "+general(strings.Trim(string(text), `"`)))
	}
	return lines
}

// Streams, consumers, subjects, headers and JSON names of messages, as a broker has them.
func TestBroker(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	url := newServer(t)
	js := jetStream(t, url)
	sample := make(chan *natsio.Msg, 100_000)
	listen, err := js.Conn().ChanSubscribe("roster.>", sample)
	if err != nil {
		t.Fatal(err)
	}
	c, _, stop := s.serve(t, "--nats-url", url)
	trace := "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	c.do("PUT", "/v1/courses/a", `{"title":"A","capacity":1}`, trace, "X-Correlation-ID: x")
	c.do("PUT", "/v1/courses/a", `{"title":"AA","capacity":1}`)
	c.do("POST", "/v1/courses/a/enrollments", `{"learnerId":"ada"}`)
	c.do("POST", "/v1/courses/a/enrollments", `{"learnerId":"bob"}`)
	s.must(t, "course_id,learner_id,action\na,ada,enroll\na,ada,withdraw\na,cy,enroll\na,cy,withdraw\nnowhere,dan,enroll\n", "enqueue", "-", "--nats-url", url)
	send := func(body string, replies int) {
		t.Helper()
		if _, err := js.Publish(t.Context(), "roster.commands.default.1", []byte(body)); err != nil {
			t.Fatal(err)
		}
		portstest.Eventually(t, "all replies are there", func() bool { return len(messages(t, js, "ROSTER_REPLIES")) == replies })
	}
	send(`{"action":"fly","key":"k","correlationId":"c"}`, 6)
	c.do("PUT", "/v1/courses/a", `{"title":"AA","capacity":1,"open":false}`)
	send(`{"actions":[{"action":"withdraw","courseId":"a","learnerId":"bob","enrollmentId":"another"}],"key":"refused"}`, 7)
	send(`{"actions":[{"action":"withdraw","courseId":"a","learnerId":"bob"}],"key":"done"}`, 8)
	s.must(t, "", "rename", "bob", "zoe")
	c.do("PUT", "/v1/courses/CS%20115%20(A)", `{"title":"B","capacity":1}`)
	portstest.Eventually(t, "all events are published", func() bool { return len(messages(t, js, "ROSTER_EVENTS")) == 12 })

	var lines []string
	for stream := range js.ListStreams(t.Context()).Info() {
		name := stream.Config.Name
		lines = append(lines, prefixed(name+": ", config(t, stream.Config))...)
		known, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		for consumer := range known.ListConsumers(t.Context()).Info() {
			of := general(consumer.Name)
			lines = append(lines, prefixed(name+" consumer "+of+": ", config(t, consumer.Config))...)
		}
	}
	stop()
	if err := listen.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	close(sample)
	for m := range sample {
		if m.Reply != "" && len(m.Data) == 0 {
			continue
		}
		lines = append(lines, messageLines(t, m)...)
	}
	hold(t, "broker", lines)
}

// messageLines returns a message's subject, and for each subject its headers and JSON names.
func messageLines(t *testing.T, m *natsio.Msg) (lines []string) {
	t.Helper()
	subject := general(m.Subject)
	lines = append(lines, "subject: "+subject)
	for name, values := range m.Header {
		value := ""
		if strings.HasPrefix(name, "ce-") || name == "content-type" {
			value = ": " + anyTime.ReplaceAllString(anyID.ReplaceAllString(values[0], "ID"), "TIME")
		}
		if !strings.HasPrefix(name, "Nats-Expected") { // which messages of a batch have it depends on the batch
			lines = append(lines, subject+" header "+name+value)
		}
	}
	if len(m.Data) > 0 && m.Data[0] == '{' {
		lines = append(lines, prefixed(subject+" body ", namesIn(t, m.Data))...)
		var body struct {
			Type, Action, Key string
			SchemaVersion     int
		}
		_ = json.Unmarshal(m.Data, &body)
		lines = append(lines, fmt.Sprintf("%s values: type %q, action %q, schemaVersion %d", subject, body.Type, body.Action, body.SchemaVersion))
		if strings.Contains(subject, "commands") {
			lines = append(lines, subject+" key: "+body.Key)
		}
	} else {
		lines = append(lines, subject+" body: text")
	}
	return lines
}

// sequences returns the sequences of the events that a broker holds, by course and in the order of the stream; what was sent again counts once.
func sequences(t testing.TB, js jetstream.JetStream) map[string][]int {
	t.Helper()
	found, known := make(map[string][]int), make(map[string]bool)
	for _, m := range messages(t, js, "ROSTER_EVENTS") {
		var event struct {
			EventID, AggregateID string
			Sequence             int
		}
		if err := json.Unmarshal(m.Data, &event); err != nil {
			t.Fatal(err)
		}
		if !known[event.EventID] {
			known[event.EventID] = true
			found[event.AggregateID] = append(found[event.AggregateID], event.Sequence)
		}
	}
	return found
}
