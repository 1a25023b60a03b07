package record_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
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
func compareMetrics(r record.Record, shown []record.Metric) (report []string) {
	return differences("metric", metricsInWords(r.Metrics), metricsInWords(shown))
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
	data := t.TempDir()
	processes := []*observed{startObserved(t, data, "serve", "--addr", "127.0.0.1:0")}
	token := strings.TrimSpace(mustRun(t, "", "token", "--subject", "ada", "--role", "staff", "--data-dir", data))
	send(t, "PUT", processes[0].url+"/v1/courses/go-101", token, `{"title":"Go","capacity":1}`)
	send(t, "GET", processes[0].url+"/v1/courses/go-101", token, "")
	processes = append(processes, startWorker(t, data))
	var shown []record.Metric
	r, report := theRecord(t), []string(nil)
	defer func() {
		if t.Failed() {
			t.Error(strings.Join(report, "\n"))
		}
	}()
	portstest.Eventually(t, "the metrics are those of the record", func() bool {
		shown = nil
		for _, p := range processes {
			shown = append(shown, metricsIn(t, send(t, "GET", p.metrics, "", ""))...)
		}
		report = compareMetrics(r, shown)
		return len(report) == 0
	})
	text := send(t, "GET", processes[0].metrics, "", "")
	for _, name := range libraryMetrics {
		if runtime.GOOS == "linux" && !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("serve shows no %s", name)
		}
	}
	const requests = "metric roster_http_request_duration_seconds, a "
	catches(t, func(r record.Record) []string { return compareMetrics(r, shown) },
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

// An observed process has the addresses of its API and of its metrics.
type observed struct{ url, metrics string }

// startObserved starts serve or worker until t ends.
func startObserved(t *testing.T, data, command string, flags ...string) *observed {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), command+".log"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan int, 1)
	args := append([]string{command, "--data-dir", data, "--admin-addr", "127.0.0.1:0", "--log-format", "json"}, flags...)
	go func() {
		ended <- app.Run(ctx, app.Options{Args: args, Stdout: io.Discard, Stderr: log, Ready: func(addr string) { ready <- addr }})
	}()
	read := func() string {
		text, _ := os.ReadFile(log.Name())
		return string(text)
	}
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("%s: exit %d\n%s", command, code, read())
		}
		_ = log.Close()
	})
	addr := portstest.Receive(t, command+" is ready", ready)
	return &observed{"http://" + addr, metricsURL.FindStringSubmatch(read())[1]}
}

var metricsURL = regexp.MustCompile(`"url":"([^"]+/metrics)"`)

// send sends a request that has to succeed, and returns the answer.
func send(t *testing.T, method, url, token, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s, %v\n%s", method, url, response.Status, err, answer)
	}
	return string(answer)
}

// mustRun runs a command that has to succeed, and returns its output.
func mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := app.Run(t.Context(), app.Options{Args: args, Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr}); code != 0 {
		t.Fatalf("roster %s: exit %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}
