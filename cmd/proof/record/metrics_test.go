package record_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"example.com/roster/cmd/roster/app"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports/portstest"
)

// compareMetrics compares the metrics of the record with those that the processes show.
func compareMetrics(r record.Record, observed []record.Metric) (report []string) {
	return differences("metric", metricsInWords(r.Metrics), metricsInWords(observed))
}

func metricsInWords(metrics []record.Metric) (all []string) {
	for _, m := range metrics {
		all = append(all, fmt.Sprintf("%s, a %s with labels %q: %s", m.Name, m.Type, slices.Sorted(slices.Values(m.Labels)), m.Help))
	}
	return all
}

// When each part has had something to do, serve and worker together show the metrics of the record, and no others.
func TestMetrics(t *testing.T) {
	t.Parallel()
	p := startProgram(t, "sqlite")
	worker := startWorker(t, p)
	token := p.token(t, "ada", "staff")
	p.ask(t, 201, token, "PUT", "/v1/courses/go-101", "", `{"title":"Go","capacity":1}`)
	p.ask(t, 200, token, "GET", "/v1/courses/go-101", "", "")
	p.must(t, "course_id,learner_id\ngo-101,ada\n", "enqueue", "-")
	var observed []record.Metric
	r, report := theRecord(t), []string(nil)
	defer func() {
		if t.Failed() {
			t.Error(strings.Join(report, "\n"))
		}
	}()
	portstest.Eventually(t, "the metrics are those of the record", func() bool {
		observed = append(metricsIn(t, p.metrics(t)), metricsIn(t, worker.metrics(t))...)
		report = compareMetrics(r, observed)
		return len(report) == 0
	})
	for _, name := range libraryMetrics {
		if text := p.metrics(t); runtime.GOOS == "linux" && !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("serve shows no %s", name)
		}
	}
	const requests = "metric roster_http_request_duration_seconds, a "
	catches(t, func(r record.Record) []string { return compareMetrics(r, observed) },
		lie{"one too many", func(r *record.Record) {
			r.Metrics = append(r.Metrics, record.Metric{Name: "roster_lies_total", Type: "counter"})
		}, "metric roster_lies_total"},
		lie{"one too few", func(r *record.Record) { r.Metrics = r.Metrics[1:] }, requests},
		lie{"another type", func(r *record.Record) { r.Metrics[0].Type = "gauge" }, requests + "gauge"},
		lie{"another label", func(r *record.Record) { r.Metrics[0].Labels[0] = "path" }, `"path"`},
		lie{"another help", func(r *record.Record) { r.Metrics[0].Help = "Lies." }, "Lies."},
	)
}

// ofLibraries matches the metrics of Go's runtime, of the process, and of the answers with metrics: client_golang defines them.
var ofLibraries = regexp.MustCompile(`^(go|process|promhttp)_`)

// libraryMetrics are those that alerts and dashboard use.
var libraryMetrics = []string{"process_open_fds", "process_max_fds", "process_resident_memory_bytes", "process_cpu_seconds_total", "go_goroutines"}

// metricsIn reads what the admin address shows, without the metrics of libraries.
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
				if !slices.Contains(m.Labels, label.GetName()) {
					m.Labels = append(m.Labels, label.GetName())
				}
			}
		}
		metrics = append(metrics, m)
	}
	return metrics
}

// startWorker starts a worker beside serve until t ends.
func startWorker(t *testing.T, serve *running) *running {
	t.Helper()
	p := &running{client: http.Client{Transport: serve.client.Transport}}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Options{
			Args:   serve.args("worker", "--nats-url", serve.nats.ConnectedUrl(), "--admin-addr", "127.0.0.1:0", "--log-format", "json"),
			Stdout: io.Discard, Stderr: &p.log, Ready: func(addr string) { ready <- addr },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("worker: exit %d\n%s", code, p.log.String())
		}
	})
	portstest.Receive(t, "worker is ready", ready)
	return p
}
