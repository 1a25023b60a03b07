package observe_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"example.com/roster/adapters/observe"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is part of every value that telemetry must not contain.
const secret = "s3cret"

var by = ports.Actor{Tenant: "default", Subject: secret, Role: ports.Staff}

// A fixture is telemetry whose output a test can read.
type fixture struct {
	*observe.Telemetry
	t     testing.TB
	spans *spans
}

// spans keeps the exported spans, also after its provider has shut down.
type spans struct{ sent tracetest.SpanStubs }

func (s *spans) ExportSpans(_ context.Context, sent []sdktrace.ReadOnlySpan) error {
	s.sent = append(s.sent, tracetest.SpanStubsFromReadOnlySpans(sent)...)
	return nil
}

func (*spans) Shutdown(context.Context) error { return nil }

func newFixture(t testing.TB, options ...observe.Option) *fixture {
	t.Helper()
	s := &fixture{t: t, spans: new(spans)}
	var err error
	if s.Telemetry, err = observe.New(t.Context(), append(options, observe.WithExporter(s.spans))...); err != nil {
		t.Fatal(err)
	}
	return s
}

// end shuts the telemetry down and returns its spans.
func (s *fixture) end() tracetest.SpanStubs {
	s.t.Helper()
	if err := s.Shutdown(context.WithoutCancel(s.t.Context())); err != nil {
		s.t.Error(err)
	}
	for _, span := range s.spans.sent {
		if text := fmt.Sprintf("%+v", span); strings.Contains(text, secret) {
			s.t.Errorf("a span contains the secret: %s", text)
		}
	}
	return s.spans.sent
}

func (s *fixture) get(path string) (int, string) {
	answer := httptest.NewRecorder()
	s.Admin().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer.Code, answer.Body.String()
}

// metrics returns the metrics of /metrics by name{label=value,…}: a counter's value, or a histogram's count and sum.
func (s *fixture) metrics() map[string]string {
	s.t.Helper()
	code, text := s.get("/metrics")
	if code != http.StatusOK || strings.Contains(text, secret) {
		s.t.Errorf("/metrics is %d and says %s", code, text)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	found := make(map[string]string)
	for name, family := range families {
		for _, m := range family.Metric {
			found[name+labels(m)] = value(m)
		}
	}
	return found
}

func labels(m *dto.Metric) string {
	var all []string
	for _, l := range m.Label {
		all = append(all, l.GetName()+"="+l.GetValue())
	}
	return "{" + strings.Join(all, ",") + "}"
}

func value(m *dto.Metric) string {
	if h := m.Histogram; h != nil {
		return fmt.Sprintf("%d, %v", h.GetSampleCount(), h.GetSampleSum())
	}
	return fmt.Sprint(m.GetCounter().GetValue() + m.GetGauge().GetValue())
}

// want compares /metrics with a list; of a duration only the count.
func (s *fixture) want(wanted map[string]string) {
	s.t.Helper()
	got := s.metrics()
	for name, want := range wanted {
		if value := got[name]; value != want && !(strings.Contains(name, "_seconds") && strings.HasPrefix(value, want+", ")) {
			s.t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	if s.t.Failed() {
		for name, value := range got {
			if strings.HasPrefix(name, "roster") {
				s.t.Log(name, value)
			}
		}
	}
}

func TestCountsResultsOfCommands(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	next := portsmock.NewMockService(gomock.NewController(t))
	failed := fmt.Errorf("%w: key %s", ports.ErrUnavailable, secret)
	replies := []ports.Reply{
		{Outcomes: []ports.Outcome{{Created: true}, {Standing: standing(domain.Enrolled)}, {Standing: standing(domain.Waitlisted)},
			{Standing: standing(domain.Withdrawn), Promoted: []domain.Standing{standing(domain.Enrolled)}},
			{Refused: domain.ErrCourseFull}}},
		{Replayed: true, Outcomes: []ports.Outcome{{Standing: standing(domain.Enrolled)}}},
		{Err: ports.ErrForbidden},
		{Err: failed},
		{Outcomes: []ports.Outcome{{}}},
	}
	enroll := ports.Enroll{Course: "go-101", Learner: secret}
	command := func(actions ...ports.Action) ports.Command {
		return ports.Command{By: by, Key: secret, Correlation: secret, Actions: actions}
	}
	commands := []ports.Command{
		command(ports.PutCourse{}, enroll, enroll, ports.Withdraw{Course: "go-101", Learner: secret}, enroll),
		command(enroll), command(enroll), command(enroll), command(ports.PutCourse{}),
	}
	each := gomock.Any()
	next.EXPECT().Submit(each, each, each, each, each, each).DoAndReturn(func(_ context.Context, passed ...ports.Command) []ports.Reply {
		for i := range passed {
			passed[i].Trace = "" // TestEventsContinueTheSpanOfTheirCommand is about it
		}
		if !reflect.DeepEqual(passed, commands) {
			t.Errorf("commands are %v, want them unchanged", passed)
		}
		return replies
	})
	if got := s.Service(next).Submit(t.Context(), commands...); fmt.Sprint(got) != fmt.Sprint(replies) {
		t.Errorf("replies are %v, want them unchanged", got)
	}
	s.want(map[string]string{
		"roster_commands_total{outcome=done}":                             "2",
		"roster_commands_total{outcome=replayed}":                         "1",
		"roster_commands_total{outcome=forbidden}":                        "1",
		"roster_commands_total{outcome=unavailable}":                      "1",
		"roster_decisions_total{action=put,outcome=created}":              "1",
		"roster_decisions_total{action=put,outcome=kept}":                 "1",
		"roster_decisions_total{action=enroll,outcome=enrolled}":          "1",
		"roster_decisions_total{action=enroll,outcome=waitlisted}":        "1",
		"roster_decisions_total{action=enroll,outcome=course_full}":       "1",
		"roster_decisions_total{action=withdraw,outcome=withdrawn}":       "1",
		"roster_decisions_total{action=serve,outcome=promoted}":           "1",
		"roster_submit_actions{}":                                         "1, 9",
		"roster_call_duration_seconds{call=submit,kind=unavailable}":      "1",
		"roster_call_duration_seconds{call=submit,kind=course_not_found}": "",
	})
	if all := s.end(); len(all) != 1 || all[0].Name != "service.submit" || all[0].Status.Description != "unavailable" {
		t.Errorf("spans are %+v", all)
	}
}

func standing(s domain.Status) domain.Standing { return domain.Standing{Learner: secret, Status: s} }

// A request is one trace, which continues the caller's; log records contain its id.
func TestTracesARequest(t *testing.T) {
	t.Parallel()
	const parent = "0af7651916cd43dd8448eb211c80319c"
	s := newFixture(t)
	next := portsmock.NewMockService(gomock.NewController(t))
	next.EXPECT().Course(gomock.Any(), by, domain.CourseID("go-101")).Return(domain.Course{}, ports.ErrUnavailable)
	r := httptest.NewRequest(http.MethodGet, "/v1/courses/"+secret, nil)
	r.Header.Set("Traceparent", "00-"+parent+"-b7ad6b7169203331-01")
	r.Header.Set("Baggage", "learner="+secret)
	ctx := s.Begin(r)
	_, _ = s.Service(next).Course(ctx, by, "go-101")
	s.Request(ctx, "/v1/courses/:courseId", "GET", 503, time.Second)

	var out bytes.Buffer
	log := slog.New(observe.LogHandler(slog.NewTextHandler(&out, nil), func(context.Context) string { return "c1" })).With("a", "b")
	log.InfoContext(ctx, "request", "x", 1)
	if !strings.HasSuffix(out.String(), "msg=request a=b x=1 correlationId=c1 traceId="+parent+"\n") {
		t.Errorf("the record is %s", out.String())
	}
	s.want(map[string]string{"roster_http_request_duration_seconds{method=GET,route=/v1/courses/:courseId,status=503}": "1, 1"})
	all := s.end()
	if len(all) != 2 || all[1].Name != "GET /v1/courses/:courseId" || all[1].SpanKind != trace.SpanKindServer ||
		all[0].Parent.SpanID() != all[1].SpanContext.SpanID() || all[0].SpanContext.TraceID().String() != parent {
		t.Errorf("spans are %+v", all)
	}
}

func TestLogHandlerAddsTheIDs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	plain := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})
	id := ""
	log := slog.New(observe.LogHandler(plain, func(context.Context) string { return id }))
	log.Info("below the level")
	log.Warn("no request")
	id = "c1"
	log.Warn("its own", "correlationId", "c2")
	log.WithGroup("g").Warn("grouped", "x", 1)
	for i, want := range []string{
		`msg="no request"`, `msg="its own" correlationId=c2`, "msg=grouped g.x=1 g.correlationId=c1", "",
	} {
		if line := strings.Split(out.String(), "\n")[i]; !strings.HasSuffix(line, want) {
			t.Errorf("line %d is %q, want %q at its end", i, line, want)
		}
	}
}

// Without an exporter no span is sent, but spans have ids, and the caller's sampling decision is kept.
func TestWithoutExporter(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	telemetry, err := observe.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := telemetry.Begin(httptest.NewRequest(http.MethodGet, "/", nil))
	if span := trace.SpanContextFromContext(ctx); !span.HasTraceID() || span.IsSampled() {
		t.Errorf("span is %+v, want an id and no sampling", span)
	}
	if err := telemetry.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// Spans are sent to the collector that the environment names.
func TestSendsToTheEndpointInTheEnvironment(t *testing.T) {
	arrived := make(chan string, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.URL.Path }))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	telemetry, err := observe.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := telemetry.Begin(httptest.NewRequest(http.MethodGet, "/", nil))
	telemetry.Request(ctx, "/", "GET", 200, 0)
	if err := telemetry.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	select {
	case path := <-arrived:
		if path != "/v1/traces" {
			t.Errorf("sent to %s", path)
		}
	default:
		t.Error("no span was sent")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	defer s.end()
	s.Cache(func() (uint64, uint64) { return 7, 8 })
	s.want(map[string]string{"roster_cache_reads_total{result=hit}": "7", "roster_cache_reads_total{result=miss}": "8"})
	got := s.metrics()
	for _, name := range []string{"go_goroutines{}", "process_start_time_seconds{}"} {
		if _, found := got[name]; !found {
			t.Errorf("no %s", name)
		}
	}
	for path, want := range map[string]int{
		"/debug/pprof/": 200, "/debug/pprof/heap?debug=1": 200, "/debug/pprof/cmdline": 404, "/": 404,
	} {
		if code, _ := s.get(path); code != want {
			t.Errorf("%s is %d, want %d", path, code, want)
		}
	}
	other := newFixture(t)
	defer other.end()
	if other.metrics()["roster_cache_reads_total{result=hit}"] != "" {
		t.Error("two instances of Telemetry share their metrics")
	}
}

// A caller of the admin address cannot keep the profiler busy for long, nor make the process collect garbage.
func TestProfilesAreBounded(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	defer s.end()
	for path, want := range map[string]int{
		"/debug/pprof/heap":                  http.StatusOK,
		"/debug/pprof/heap?gc=0":             http.StatusOK,
		"/debug/pprof/heap?gc=1":             http.StatusBadRequest,
		"/debug/pprof/heap?seconds=61":       http.StatusBadRequest,
		"/debug/pprof/profile?seconds=86400": http.StatusBadRequest,
		"/debug/pprof/profile?seconds=NaN":   http.StatusBadRequest,
		"/debug/pprof/profile?seconds=x":     http.StatusBadRequest,
		"/debug/pprof/trace?seconds=1e9":     http.StatusBadRequest,
	} {
		if got, _ := s.get(path); got != want {
			t.Errorf("%s is %d, want %d", path, got, want)
		}
	}
}
