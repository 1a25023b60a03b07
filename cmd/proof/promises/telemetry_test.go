package promises_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"example.com/roster/adapters/membus"
	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/observe"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

var by = ports.Actor{Tenant: "default", Subject: "promises", Role: ports.Staff}

// spans keeps the names of spans and of their attributes.
type spans struct {
	sync.Mutex
	lines []string
}

func (s *spans) ExportSpans(_ context.Context, sent []sdktrace.ReadOnlySpan) error {
	s.Lock()
	defer s.Unlock()
	for _, span := range sent {
		line := "span " + span.Name() + ":"
		for _, a := range span.Attributes() {
			if key := string(a.Key); !slices.Contains(strings.Fields(line), key) {
				line += " " + key
			}
		}
		s.lines = append(s.lines, fmt.Sprint(line, ", ", span.SpanKind()), "scope: "+span.InstrumentationScope().Name)
		for _, a := range span.Resource().Attributes() {
			if a.Key == "service.name" {
				s.lines = append(s.lines, "service.name: "+a.Value.AsString())
			}
		}
	}
	return nil
}

func (*spans) Shutdown(context.Context) error { return nil }

// Metrics with all labels and their values, and spans with the keys of their attributes. Every call that is observed is made once.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	sent := new(spans)
	telemetry, err := observe.New(t.Context(), observe.WithExporter(sent))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	store := telemetry.Store(memstore.New())
	core := application.New(store)
	service := telemetry.Service(core)
	useService(ctx, service)
	for _, kind := range ports.Kinds() {
		telemetry.Service(failing{kind: kind}).Submit(ctx, ports.Command{By: by})
	}
	useStore(ctx, store)
	useStore(ctx, telemetry.Store(retrying{memstore.New()}))
	request := telemetry.Begin(httptest.NewRequest("GET", "/v1/courses", nil))
	telemetry.Request(request, "/v1/courses", "GET", 200, time.Millisecond)
	publisher := telemetry.Publisher(membus.New())
	_, _ = publisher.Publish(ctx, make([]ports.Message, 1))
	handle := telemetry.QueueHandler(func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) { return nil, ports.ErrUnavailable })
	_, _ = handle(ctx, make([]ports.QueuedCommand, 1))
	_, _ = telemetry.Queue(queue{}).Send(ctx, make([]ports.Command, 1))
	_, end := telemetry.Command(ctx, "roster enroll")
	end(0)
	telemetry.Cache(func() (uint64, uint64) { return 1, 1 })
	telemetry.Backlog(time.Now, func(context.Context) (ports.Backlog, error) { return ports.Backlog{}, nil })
	answer := httptest.NewRecorder()
	telemetry.Admin().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	checkMetrics(t, answer.Body.String())
	lines := metricsIn(t, answer.Body.String())
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/symbol", "/debug/pprof/heap"} {
		answer := httptest.NewRecorder()
		telemetry.Admin().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		lines = append(lines, fmt.Sprintf("admin %s: %d", path, answer.Code))
	}
	if err := telemetry.Shutdown(context.WithoutCancel(ctx)); err != nil {
		t.Fatal(err)
	}
	hold(t, "telemetry", append(lines, sent.lines...))
}

// checkMetrics requires that the names, units and help of metrics follow the rules of Prometheus.
func checkMetrics(t *testing.T, text string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Log("NOT RUN: no promtool on this machine, so no check of metrics by Prometheus")
		return
	}
	check := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

type queue struct{ ports.Queue }

func (queue) Send(_ context.Context, commands []ports.Command) (int, error) {
	return len(commands), nil
}

// retrying decides twice, as a store does after a conflict.
type retrying struct{ *memstore.Store }

func (s retrying) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	return s.Store.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		_, _ = decide(l)
		return decide(l)
	})
}

// metricsIn returns the series of this program, without their values; of durations' and sizes' buckets only the bounds.
func metricsIn(t *testing.T, text string) (lines []string) {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, family := range families {
		if !strings.HasPrefix(name, "roster_") {
			continue
		}
		lines = append(lines, fmt.Sprintf("metric %s, a %s", name, strings.ToLower(family.GetType().String())))
		for _, metric := range family.GetMetric() {
			labels := ""
			for _, label := range metric.GetLabel() {
				labels += fmt.Sprintf(" %s=%q", label.GetName(), label.GetValue())
			}
			lines = append(lines, "metric "+name+labels)
			bounds := ""
			for _, bucket := range metric.GetHistogram().GetBucket() {
				bounds += fmt.Sprint(" ", bucket.GetUpperBound())
			}
			if bounds != "" {
				lines = append(lines, "buckets of "+name+":"+bounds)
			}
		}
	}
	return lines
}

// useService makes every call of the service, and commands with every outcome that a status or a rule gives.
func useService(ctx context.Context, s ports.Service) {
	title, zero, one, two, no := "T", 0, 1, 2, false
	put := func(c string, capacity *int, open, waitlist *bool) ports.Action {
		return ports.PutCourse{Course: domain.CourseID(c), Settings: domain.Settings{Title: &title, Capacity: capacity, Open: open, WaitlistEnabled: waitlist}}
	}
	enroll := func(c, l string) ports.Action {
		return ports.Enroll{Course: domain.CourseID(c), Learner: domain.LearnerID(l)}
	}
	withdraw := func(c, l string) ports.Action {
		return ports.Withdraw{Course: domain.CourseID(c), Learner: domain.LearnerID(l)}
	}
	for _, a := range []ports.Action{
		put("a", &one, nil, nil), put("a", &one, nil, nil), enroll("a", "ada"), enroll("a", "ada"), enroll("a", "bob"), enroll("a", "bob"),
		withdraw("a", "ada"), withdraw("a", "ada"), put("full", &zero, nil, &no), enroll("full", "ada"),
		put("closed", &one, &no, nil), enroll("closed", "ada"), enroll("nowhere", "ada"), enroll("a", "cy"), put("a", &two, nil, nil),
		ports.PutCourse{Course: "a", IfRevision: 99}, ports.PutCourse{Course: "new"},
	} {
		s.Submit(ctx, ports.Command{By: by, Actions: []ports.Action{a}})
	}
	for range 2 {
		s.Submit(ctx, ports.Command{By: by, Key: "k", Actions: []ports.Action{enroll("a", "dan")}})
	}
	_, _ = s.Course(ctx, by, "a")
	_, _ = s.Courses(ctx, by, ports.CoursePage{Limit: 1})
	_, _ = s.Standing(ctx, by, "a", "ada")
	_, _ = s.Standings(ctx, by, "a", ports.StandingPage{Limit: 1})
	_, _ = s.VerifyJournal(ctx, by, "")
	_, _ = s.Forget(ctx, by, "ada")
	_, _ = s.Expire(ctx)
	_, _ = s.Purge(ctx)
	_, _ = s.Republish(ctx, by, time.Now())
	_ = s.PutDeadLetters(ctx, by, []ports.DeadLetter{{ID: "1", By: by, Reason: ports.ErrInternal}})
	_, _ = s.ListDeadLetters(ctx, by, ports.DeadLetterPage{Limit: 1})
	_ = s.DeleteDeadLetters(ctx, by, []string{"1"})
	_, _ = s.Course(ctx, by, "nowhere")
}

// useStore makes the calls that the service makes only sometimes.
func useStore(ctx context.Context, s ports.Store) {
	drain := func(entries iter.Seq2[ports.Entry, error]) {
		for range entries {
		}
	}
	drain(s.Journal(ctx, by.Tenant, "a", 0))
	_, _ = s.Purged(ctx, by.Tenant, "a")
	_, _ = s.(ports.MaintenanceStore).Purge(ctx, time.Now())
	_ = s.Update(ctx, ports.Need{Tenant: by.Tenant}, func(ports.Loaded) (ports.Changes, error) { return ports.Changes{}, ports.ErrInternal })
	_ = s.Snapshot(ctx, by.Tenant, func(r ports.Reader) error {
		_, err := r.Courses(ctx, by.Tenant, ports.CoursePage{Limit: 1})
		return err
	})
}

var metricsURL = regexp.MustCompile(`http://[^"]+/metrics`)

// A running serve shows the same metrics at its admin address. Those of rare events may be missing there.
func TestMetricsOfServe(t *testing.T) {
	t.Parallel()
	s := setup{data: t.TempDir()}
	c, log, _ := s.serve(t)
	c.do("PUT", "/v1/courses/a", `{"title":"A","capacity":1}`)
	c.do("POST", "/v1/courses/a/enrollments", `{"learnerId":"ada"}`)
	c.do("GET", "/v1/courses/a", "")
	s.must(t, rows("a", 1), "enqueue", "-")
	var at string
	portstest.Eventually(t, "the log says where metrics are", func() bool {
		at = metricsURL.FindString(log.String())
		return at != ""
	})
	admin := c
	admin.url, admin.token = strings.TrimSuffix(at, "/metrics"), ""
	want := []string{
		"roster_bus_duration_seconds", "roster_cache_reads_total", "roster_call_duration_seconds", "roster_commands_total",
		"roster_decisions_total", "roster_events_published_total", "roster_http_request_duration_seconds", "roster_outbox_backlog",
		"roster_outbox_lag_seconds", "roster_queue_letters", "roster_store_duration_seconds", "roster_submit_actions",
		"roster_transaction_size",
	}
	var missing []string
	defer func() {
		if t.Failed() {
			t.Errorf("/metrics shows no %v", missing)
		}
	}()
	portstest.Eventually(t, "all metrics are there", func() bool {
		status, _, text, err := admin.do(http.MethodGet, "/metrics", "")
		missing = slices.DeleteFunc(slices.Clone(want), func(name string) bool { return strings.Contains(string(text), "\n"+name) })
		return err == nil && status == 200 && len(missing) == 0
	})
}
