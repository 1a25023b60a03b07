package proof_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"example.com/roster/cmd/roster/app"
	"example.com/roster/ports/portstest"
)

// A collector receives spans by OTLP over HTTP.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
}

// newCollector starts a collector. Until t ends, all processes and commands in this process send it their spans.
func newCollector(t *testing.T) *collector {
	t.Helper()
	c := new(collector)
	c.Server = httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(c.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	return c
}

func (c *collector) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" && err == nil {
		var unzipped io.Reader
		if unzipped, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, err = io.ReadAll(unzipped)
		}
	}
	var request collectortrace.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	answer, _ := proto.Marshal(&collectortrace.ExportTraceServiceResponse{})
	_, _ = w.Write(answer)
}

// all returns the spans of a name that are there by now.
func (c *collector) all(name string) (found []*otlp.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// below waits for a span of a name that is a child of another span, or has a link to it.
func (c *collector) below(t *testing.T, parent *otlp.Span, name string) (found *otlp.Span) {
	t.Helper()
	portstest.Eventually(t, fmt.Sprintf("there is %s below %s", name, parent.Name), func() bool {
		for _, s := range c.all(name) {
			if joined(s, parent.TraceId, parent.SpanId) {
				found = s
			}
		}
		return found != nil
	})
	return found
}

func joined(s *otlp.Span, traceID, spanID []byte) bool {
	return bytes.Equal(s.ParentSpanId, spanID) && bytes.Equal(s.TraceId, traceID) ||
		slices.ContainsFunc(s.Links, func(l *otlp.Span_Link) bool {
			return bytes.Equal(l.SpanId, spanID) && bytes.Equal(l.TraceId, traceID)
		})
}

// only waits for the one span of a name.
func (c *collector) only(t *testing.T, name string) *otlp.Span {
	t.Helper()
	portstest.Eventually(t, "there is "+name, func() bool { return len(c.all(name)) > 0 })
	all := c.all(name)
	if len(all) != 1 {
		t.Fatalf("%d spans are %s, want 1", len(all), name)
	}
	return all[0]
}

// parentOf returns the span that a consumer continues that reads an event's headers as OpenTelemetry's libraries do.
func parentOf(t *testing.T, m jetstream.Msg) trace.SpanContext {
	t.Helper()
	headers := propagation.MapCarrier{"traceparent": m.Headers().Get("traceparent")}
	span := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(t.Context(), headers))
	if !span.IsValid() || !span.IsSampled() {
		t.Errorf("the event's traceparent is %v, want a sampled span", headers)
	}
	return span
}

// eventOf waits for the event about a learner.
func eventOf(t *testing.T, js jetstream.JetStream, learner string) (found jetstream.Msg) {
	t.Helper()
	portstest.Eventually(t, "the event about "+learner+" is published", func() bool {
		for _, m := range messages(t, js, "ROSTER_EVENTS") {
			if strings.Contains(string(m.Data()), `"learnerId":"`+learner+`"`) {
				found = m
			}
		}
		return found != nil
	})
	return found
}

// wantConsumer requires that a consumer of the event about a learner is a child of a span, and that the publication is joined to it.
func (c *collector) wantConsumer(t *testing.T, js jetstream.JetStream, learner string, of *otlp.Span) {
	t.Helper()
	parent := parentOf(t, eventOf(t, js, learner))
	if traceID, spanID := parent.TraceID(), parent.SpanID(); !bytes.Equal(traceID[:], of.TraceId) || !bytes.Equal(spanID[:], of.SpanId) {
		t.Errorf("the consumer of %s's event continues %s of trace %s, want %x of %x (%s)", learner, spanID, traceID, of.SpanId, of.TraceId, of.Name)
	}
	c.below(t, of, "bus.publish")
}

// A request, a command of the command line and a queued command are each one trace, from their beginning to the consumers of
// their events.
func TestOneTrace(t *testing.T) {
	c := newCollector(t)
	s := newSystem(t, "sqlite")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "100")
	addr, stop := s.start(t, new(bytes.Buffer), "--log-level", "warn", "--rate-limit", "off")
	defer stop()
	_, js := jetStream(t, s.embeddedBroker(t))
	api := newClient(t, "http://"+addr)
	api.token = strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	const route = "POST /v1/courses/:courseId/enrollments"

	t.Run("HTTP", func(t *testing.T) {
		for _, replayed := range []string{"", "true"} { // a trace is no part of what a key stands for
			status, headers, body, err := api.do("POST", "/v1/courses/go/enrollments", "k", `{"learnerId":"ada"}`)
			if status != 201 || headers.Get("Idempotent-Replayed") != replayed || err != nil {
				t.Fatalf("%d, %v, %v: %s", status, headers, err, body)
			}
		}
		portstest.Eventually(t, "both requests are there", func() bool { return len(c.all(route)) == 2 })
		request := c.all(route)[0]
		if len(request.ParentSpanId) != 0 || request.Kind != otlp.Span_SPAN_KIND_SERVER {
			t.Errorf("the request is %v, want the root of a trace", request)
		}
		submit := c.below(t, request, "service.submit")
		c.below(t, submit, "store.update")
		c.wantConsumer(t, js, "ada", submit)
	})

	t.Run("HTTP, in the caller's trace", func(t *testing.T) {
		const traceID, spanID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
		r, err := http.NewRequest("POST", api.url+"/v1/courses/go/enrollments", strings.NewReader(`{"learnerId":"bob"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{
			"Content-Type": {"application/json"}, "Authorization": {"Bearer " + api.token}, "Traceparent": {"00-" + traceID + "-" + spanID + "-01"},
		}
		response, err := api.Do(r)
		if err != nil || response.StatusCode != 201 {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
		caller := &otlp.Span{Name: "the caller"}
		caller.TraceId, _ = hex.DecodeString(traceID)
		caller.SpanId, _ = hex.DecodeString(spanID)
		submit := c.below(t, c.below(t, caller, route), "service.submit")
		c.below(t, submit, "store.update")
		c.wantConsumer(t, js, "bob", submit)
	})

	t.Run("command line", func(t *testing.T) {
		var offered bytes.Buffer
		app.Run(t.Context(), app.Options{
			Args:   append([]string{"__complete"}, s.args("enroll", "g")...),
			Stdout: &offered, Stderr: new(bytes.Buffer), Completion: 2 * time.Minute,
		})
		if !strings.HasPrefix(offered.String(), "go\t") || len(c.all("service.courses")) > 0 {
			t.Errorf("completion offers %q, or sends spans", &offered)
		}
		s.must(t, "", "enroll", "go", "cyd")
		command := c.only(t, "roster enroll")
		submit := c.below(t, command, "service.submit")
		c.below(t, submit, "store.update")
		c.wantConsumer(t, js, "cyd", submit)
	})

	t.Run("queue", func(t *testing.T) {
		s.must(t, "course_id,learner_id\ngo,dan\ngo,eve\n", "enqueue", "-")
		send := c.below(t, c.only(t, "roster enqueue"), "bus.send")
		portstest.Eventually(t, "both commands are there", func() bool { return len(c.all("bus.command")) == 2 })
		for i, learner := range []string{"dan", "eve"} {
			command := c.all("bus.command")[i]
			if !joined(command, send.TraceId, send.SpanId) || command.Kind != otlp.Span_SPAN_KIND_CONSUMER {
				t.Errorf("the queued command is %v, want a child of %v", command, send)
			}
			c.below(t, command, "bus.handle")
			c.below(t, command, "store.update")
			c.wantConsumer(t, js, learner, command)
		}
	})

	t.Run("group commit", func(t *testing.T) {
		var running sync.WaitGroup
		for i := range 30 {
			running.Go(func() {
				if status, _, body, err := api.do("POST", "/v1/courses/go/enrollments", "", fmt.Sprintf(`{"learnerId":"together-%d"}`, i)); status != 201 || err != nil {
					t.Errorf("%d, %v: %s", status, err, body)
				}
			})
		}
		running.Wait()
		portstest.Eventually(t, "all requests are there", func() bool { return len(c.all(route)) == 33 })
		for _, request := range c.all(route)[3:] {
			c.below(t, c.below(t, request, "service.submit"), "store.update")
		}
	})
}

// If no collector answers, commands do their work, and say in the log that spans are lost.
func TestCollectorIsAway(t *testing.T) {
	c := newCollector(t)
	c.Close()
	s := newSystem(t, "sqlite")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	r := s.run(t, "", "--json", "enroll", "go", "ada")
	if r.code != 0 || !strings.HasPrefix(r.stdout, `{"courseId":"go","learnerId":"ada"`) || !strings.Contains(r.stderr, `level=WARN msg="traces not sent"`) {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var log bytes.Buffer
	addr, stop := s.start(t, &log, "--log-level", "warn", "--log-format", "json")
	if status, _, body, err := newClient(t, "http://"+addr).do("GET", "/healthz", "", ""); status != 200 || err != nil {
		t.Errorf("%d, %v: %s", status, err, body)
	}
	stop()
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("the log has a line that is not JSON: %s", line)
		}
	}
	if !strings.Contains(log.String(), `"msg":"traces not sent"`) {
		t.Errorf("the log does not say that spans are lost:\n%s", log.String())
	}
}
