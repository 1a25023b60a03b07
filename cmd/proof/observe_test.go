package proof_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/observe"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// An instrumented store keeps the contract of a store.
func TestInstrumentedStore(t *testing.T) {
	t.Parallel()
	type stores interface {
		ports.Store
		ports.MaintenanceStore
		ports.ErasureStore
		ports.DeadLetterStore
	}
	type instrumented struct {
		stores
		ports.Outbox
	}
	open := func(t testing.TB) instrumented {
		telemetry, err := observe.New(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = telemetry.Shutdown(context.Background()) })
		store := memstore.New()
		return instrumented{telemetry.Store(store).(stores), store}
	}
	portstest.TestStore(t, func(t testing.TB) ports.Store { return open(t) })
	portstest.TestMaintenance(t, func(t testing.TB) portstest.MaintenanceStore { return open(t) })
	portstest.TestErasure(t, func(t testing.TB) portstest.ErasureStore { return open(t) })
	portstest.TestDeadLetters(t, func(t testing.TB) ports.DeadLetterStore { return open(t) })
}

// The log of serve has one line for each request. It holds no names, titles, keys or tokens.
func TestLogNamesNobody(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	token := strings.TrimSpace(s.must(t, "", "token", "--subject", "secret-subject", "--role", "staff"))
	var log bytes.Buffer
	addr, stop := s.start(t, &log)
	c := newClient(t, "http://"+addr)
	c.token = token
	for _, r := range []struct {
		method, path, key, body string
		want                    int
	}{
		{"PUT", "/v1/courses/go", "", `{"title":"secret-title","capacity":1}`, 201},
		{"POST", "/v1/courses/go/enrollments", "secret-key", `{"learnerId":"secret-learner"}`, 201},
		{"POST", "/v1/courses/go/enrollments", "", `{"learnerId":"secret-second"}`, 202},
		{"GET", "/v1/courses/go/enrollments/secret-learner", "", "", 200},
		{"GET", "/v1/courses/go", "", "", 200},
		{"GET", "/v1/courses/go", "", "", 200},
		{"GET", "/secret-path", "", "", 404},
	} {
		if status, _, body, err := c.do(r.method, r.path, r.key, r.body); err != nil || status != r.want {
			t.Errorf("%s %s: %d, %v\n%s", r.method, r.path, status, err, body)
		}
	}
	stop()
	lines := log.String()
	if n := strings.Count(lines, "correlationId="); n != 7 || strings.Count(lines, "traceId=") != 7 {
		t.Errorf("%d lines have a correlation id, want 7, and a trace id each:\n%s", n, lines)
	}
	if strings.Contains(lines, "secret-") || strings.Contains(lines, token) {
		t.Errorf("the log holds a secret:\n%s", lines)
	}
}

// The metrics of a running service count decisions and cache hits.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	token := strings.TrimSpace(s.must(t, "", "token", "--subject", "proof", "--role", "staff"))
	var log syncedBuffer
	addr, stop := s.start(t, &log)
	c := newClient(t, "http://"+addr)
	c.token = token
	c.do("PUT", "/v1/courses/go", "", `{"title":"Go","capacity":1}`)
	c.do("POST", "/v1/courses/go/enrollments", "", `{"learnerId":"ada"}`)
	c.do("POST", "/v1/courses/go/enrollments", "", `{"learnerId":"ada"}`)
	c.do("GET", "/v1/courses/go", "", "")
	c.do("GET", "/v1/courses/go", "", "")

	var at string
	portstest.Eventually(t, "the log says where metrics are", func() bool {
		at = regexp.MustCompile(`http://\S+/metrics`).FindString(log.text())
		return at != ""
	})
	response, err := c.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", at, response.Status, err)
	}
	for _, want := range []string{
		`roster_decisions_total\{action="enroll".*outcome="enrolled".*\} 1\n`,
		`roster_decisions_total\{action="enroll".*outcome="already_enrolled".*\} 1\n`,
		`roster_cache_reads_total\{.*result="hit".*\} 1\n`,
		`roster_http_request_duration_seconds_count\{.*route="/v1/courses/:courseId/enrollments",status="409"\} 1\n`,
		`roster_store_duration_seconds_count\{call="[Uu]pdate`,
	} {
		if !regexp.MustCompile(want).Match(body) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if t.Failed() {
		for line := range strings.SplitSeq(string(body), "\n") {
			if strings.HasPrefix(line, "roster_") && !strings.Contains(line, "_bucket") {
				t.Log(line)
			}
		}
	}
	stop()
}
