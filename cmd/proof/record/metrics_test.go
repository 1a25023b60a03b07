package record_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"example.com/roster/adapters/nats/broker"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports/portstest"
)

// When each part of serve and worker has had something to do, they show the metrics of the record, and no others.
func TestMetrics(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	serve := startObserved(t, "serve", "--data-dir", data, "--addr", "127.0.0.1:0", "--log-format", "json")
	url, err := broker.Find(filepath.Join(data, "nats"))
	if err != nil {
		t.Fatal(err)
	}
	worker := startObserved(t, "worker", "--data-dir", data, "--nats-url", url, "--log-format", "json")
	roster(t, "", "course", "put", "go-101", "--title", "Go", "--capacity", "1", "--data-dir", data)
	roster(t, "course_id,learner_id\ngo-101,ada\n", "enqueue", "-", "--data-dir", data)
	token := strings.TrimSpace(roster(t, "", "token", "--subject", "ada", "--role", "staff", "--data-dir", data))
	get(t, "http://"+serve.addr+"/v1/courses/go-101", token)

	r := theRecord(t)
	var observed []record.Metric
	var differences []string
	defer func() {
		for _, d := range differences {
			t.Error(d)
		}
	}()
	portstest.Eventually(t, "serve and worker show the metrics of the record", func() bool {
		observed = append(metricsIn(t, get(t, serve.metrics, "")), metricsIn(t, get(t, worker.metrics, ""))...)
		differences = compareMetrics(r.Metrics, observed)
		return len(differences) == 0
	})

	for name, lie := range map[string]func(metrics []record.Metric) []record.Metric{
		"roster_lies_total: not shown": func(metrics []record.Metric) []record.Metric {
			return append(metrics, record.Metric{Name: "roster_lies_total", Type: "counter"})
		},
		"roster_http_request_duration_seconds: not in the record": func(metrics []record.Metric) []record.Metric {
			return metrics[1:]
		},
		"roster_http_request_duration_seconds: a histogram, but a gauge in the record": func(metrics []record.Metric) []record.Metric {
			metrics[0].Type = "gauge"
			return metrics
		},
		`roster_http_request_duration_seconds: labels ["method" "route" "status"], but ["code" "method" "route"] in the record`: func(metrics []record.Metric) []record.Metric {
			metrics[0].Labels = []string{"route", "method", "code"}
			return metrics
		},
		"roster_http_request_duration_seconds: another help in the record": func(metrics []record.Metric) []record.Metric {
			metrics[0].Help = "Requests."
			return metrics
		},
	} {
		t.Run(name, func(t *testing.T) {
			lies := lie(slices.Clone(r.Metrics))
			if got := slices.Compact(compareMetrics(lies, observed)); !slices.Equal(got, []string{name}) {
				t.Errorf("a lie of the record is reported as %q", got)
			}
		})
	}
}

// compareMetrics returns how the metrics of the record differ from those that processes show.
func compareMetrics(recorded, observed []record.Metric) (differences []string) {
	named := func(metrics []record.Metric, name string) int {
		return slices.IndexFunc(metrics, func(m record.Metric) bool { return m.Name == name })
	}
	for _, want := range recorded {
		if named(observed, want.Name) < 0 {
			differences = append(differences, want.Name+": not shown")
		}
	}
	for _, got := range observed {
		i := named(recorded, got.Name)
		if i < 0 {
			differences = append(differences, got.Name+": not in the record")
			continue
		}
		want := recorded[i]
		if got.Type != want.Type {
			differences = append(differences, fmt.Sprintf("%s: a %s, but a %s in the record", got.Name, got.Type, want.Type))
		}
		if got.Help != want.Help {
			differences = append(differences, got.Name+": another help in the record")
		}
		if labels := slices.Sorted(slices.Values(want.Labels)); !slices.Equal(got.Labels, labels) {
			differences = append(differences, fmt.Sprintf("%s: labels %q, but %q in the record", got.Name, got.Labels, labels))
		}
	}
	return differences
}

// ofLibraries matches the metrics of Go's runtime, of the process, and of the answers with metrics: client_golang defines them.
var ofLibraries = regexp.MustCompile(`^(go|process|promhttp)_`)

// metricsIn reads what the admin address shows, without the metrics of libraries. Labels are sorted.
func metricsIn(t *testing.T, text string) (metrics []record.Metric) {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, family := range families {
		if ofLibraries.MatchString(name) {
			continue
		}
		m := record.Metric{Name: name, Type: strings.ToLower(family.GetType().String()), Help: family.GetHelp()}
		for _, series := range family.GetMetric() {
			for _, label := range series.GetLabel() {
				m.Labels = append(m.Labels, label.GetName())
			}
		}
		slices.Sort(m.Labels)
		m.Labels = slices.Compact(m.Labels)
		metrics = append(metrics, m)
	}
	return metrics
}

// An observedProcess is a process of the program, with its metrics.
type observedProcess struct{ addr, metrics string }

var metricsURL = regexp.MustCompile(`http://[^"]+/metrics`)

// startObserved runs serve or worker in this process until t ends.
func startObserved(t *testing.T, args ...string) (p observedProcess) {
	t.Helper()
	log := new(lockedLog)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args: append(args, "--admin-addr", "127.0.0.1:0"), Stdout: io.Discard, Stderr: log,
			Ready: func(addr string) { ready <- addr },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if code := portstest.Receive(t, args[0]+" ends", ended); code != 0 {
			t.Errorf("%s: exit %d\n%s", args[0], code, log)
		}
	})
	select {
	case addr := <-ready:
		p.addr, p.metrics = addr, metricsURL.FindString(log.String())
	case code := <-ended:
		ended <- code
		t.Fatalf("%s: exit %d\n%s", args[0], code, log)
	}
	return p
}

// A lockedLog may be written and read at once.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// roster runs a command, which has to succeed, and returns what it prints.
func roster(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if code := app.Run(t.Context(), app.Options{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &log}); code != 0 {
		t.Fatalf("%q: exit %d\n%s", args, code, &log)
	}
	return out.String()
}

func get(t *testing.T, url, token string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d, %v\n%s", url, answer.StatusCode, err, body)
	}
	return string(body)
}
