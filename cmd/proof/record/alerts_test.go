package record_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"example.com/roster/cmd/roster/record"
)

const monitoring = root + "cmd/roster/deploy/monitoring/"

// An alertFile is the part of alerts.yaml that the tests read.
type alertFile struct {
	Groups []alertGroup `yaml:"groups"`
}

type alertGroup struct {
	Name  string      `yaml:"name"`
	Rules []alertRule `yaml:"rules"`
}

// An alertRule is an alert, or the record of a query's results under a name.
type alertRule struct {
	Alert       string            `yaml:"alert,omitempty"`
	Record      string            `yaml:"record,omitempty"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

func readAlerts(t *testing.T) (file alertFile) {
	t.Helper()
	readYAML(t, "alerts.yaml", &file)
	return file
}

func readYAML(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(monitoring + name)
	if err == nil {
		err = yaml.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func promtool(t *testing.T, dir string, args ...string) (output string, err error) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("NOT RUN: no promtool on this machine, so no check of alerts and queries by Prometheus")
	}
	c := exec.CommandContext(t.Context(), "promtool", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// Prometheus accepts the alerts, and each fires when it should.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	if out, err := promtool(t, monitoring, "check", "rules", "alerts.yaml"); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, out)
	}
	if out, err := promtool(t, monitoring, "test", "rules", "alerts_test.yaml"); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
	for _, lie := range [][2]string{{"[10m])) > 0.1", "[10m])) > 0.12"}, {"[10m])) > 0.1", "[10m])) > 0.08"}} {
		t.Run(lie[1], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, name := range []string{"alerts.yaml", "alerts_test.yaml"} {
				text, err := os.ReadFile(monitoring + name)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(string(text), lie[0], lie[1])), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := promtool(t, dir, "test", "rules", "alerts_test.yaml"); err == nil {
				t.Errorf("no test notices that an alert has %q instead of %q", lie[1], lie[0])
			}
		})
	}
}

// Each alert has a test in which it fires at one time, and no alert fires at another.
func TestAlertsAreTested(t *testing.T) {
	t.Parallel()
	var file struct {
		Tests []struct {
			Name    string `yaml:"name"`
			Queries []struct {
				Samples []struct{ Labels string } `yaml:"exp_samples"`
			} `yaml:"promql_expr_test"`
		} `yaml:"tests"`
	}
	readYAML(t, "alerts_test.yaml", &file)
	for _, g := range readAlerts(t).Groups {
		for _, a := range g.Rules {
			fires, ends := false, false
			for _, test := range file.Tests {
				for _, q := range test.Queries {
					quiet := len(q.Samples) == 0 && strings.HasPrefix(test.Name, a.Alert)
					ends = ends || quiet
					fires = fires || len(q.Samples) == 1 && q.Samples[0].Labels == fmt.Sprintf("{alertname=%q}", a.Alert)
				}
			}
			if a.Alert != "" && (!fires || !ends) {
				t.Errorf("%s: a test in which it fires: %t; in which it does not: %t", a.Alert, fires, ends)
			}
			if a.Alert != "" && (a.Labels["severity"] == "" || a.Annotations["summary"] == "" || a.Annotations["action"] == "") {
				t.Errorf("%s: severity, summary and action are required", a.Alert)
			}
		}
	}
}

// A dashboard is the part of dashboard.json that the tests read.
type dashboard struct {
	Templating struct {
		List []struct {
			Name  string
			Query any
		}
	}
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

// queries returns the queries of alerts and dashboard, by a name.
func queries(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, g := range readAlerts(t).Groups {
		for _, a := range g.Rules {
			all[cmp.Or(a.Alert, a.Record)] = a.Expr
		}
	}
	text, err := os.ReadFile(monitoring + "dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for i, target := range p.Targets {
			all[fmt.Sprintf("%s, query %d", p.Title, i+1)] = strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
		}
	}
	for _, v := range d.Templating.List {
		if q, ok := v.Query.(map[string]any); ok {
			all["variable "+v.Name] = labelValues.ReplaceAllString(q["query"].(string), "count by ($2) ($1)")
		}
	}
	return all
}

// labelValues matches a function of Grafana's.
var labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)

// Prometheus parses each query of the dashboard.
func TestDashboardQueries(t *testing.T) {
	t.Parallel()
	var file alertFile
	for name, query := range queries(t) {
		file.Groups = append(file.Groups, alertGroup{Name: name, Rules: []alertRule{{Record: "query", Expr: query}}})
	}
	dir := t.TempDir()
	text, err := yaml.Marshal(file)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "queries.yaml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := promtool(t, dir, "check", "rules", "queries.yaml"); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, out)
	}
}

// compareQueries returns what queries name that the record does not have. Besides its metrics, there are those that Prometheus and
// the client library add, and the names under which rules record results.
func compareQueries(r record.Record, queries map[string]string) (report []string) {
	known := map[string][]string{"up": {}}
	for _, name := range libraryMetrics {
		known[name] = []string{}
	}
	for name := range queries {
		if strings.Contains(name, ":") {
			known[name] = []string{}
		}
	}
	for _, m := range r.Metrics {
		if m.Type != "histogram" {
			known[m.Name] = m.Labels
			continue
		}
		known[m.Name+"_count"], known[m.Name+"_sum"], known[m.Name+"_bucket"] = m.Labels, m.Labels, append(m.Labels[:len(m.Labels):len(m.Labels)], "le")
	}
	for query, text := range queries {
		var grouped, have []string
		for _, part := range promQL.FindAllStringSubmatch(text, -1) {
			name, matchers := part[2], part[3]
			switch {
			case part[1] != "": // by (labels)
				grouped = append(grouped, strings.FieldsFunc(part[1], func(c rune) bool { return c == ',' || c == ' ' })...)
			case name == "" || matchers == "" && slices.Contains(operators, name):
			case known[name] == nil:
				report = append(report, fmt.Sprintf("%s: there is no metric %s", query, name))
			default:
				have = append(have, known[name]...)
				for _, m := range matcher.FindAllStringSubmatch(matchers, -1) {
					if !slices.Contains(slices.Concat(known[name], targetLabels), m[1]) {
						report = append(report, fmt.Sprintf("%s: %s has no label %s", query, name, m[1]))
					}
				}
			}
		}
		for _, label := range grouped {
			if !slices.Contains(slices.Concat(have, targetLabels), label) {
				report = append(report, fmt.Sprintf("%s: its metrics have no label %s", query, label))
			}
		}
	}
	return report
}

var (
	// promQL matches the labels of a grouping, a name with its matchers, or what is neither: a string, a duration or a number.
	promQL       = regexp.MustCompile(`(?:\b(?:by|on|without|ignoring)\s*\(([^)]*)\))|"[^"]*"|\[[^\]]*\]|\b\d[\w.]*|([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?`)
	matcher      = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	operators    = strings.Fields("absent and count deriv histogram_quantile increase max min_over_time offset or rate sum unless")
	targetLabels = []string{"job", "instance"}
)

// Each metric and each label of a query is in the record.
func TestQueriesNameMetricsOfTheRecord(t *testing.T) {
	t.Parallel()
	truth := queries(t)
	catches(t, func(r record.Record) []string { return compareQueries(r, truth) },
		lie{"no such metric", func(r *record.Record) { r.Metrics = slices.Delete(r.Metrics, 0, 1) }, "there is no metric roster_http"},
		lie{"no such label", func(r *record.Record) { r.Metrics[0].Labels = []string{"route"} }, "roster_http_request_duration_seconds_count has no label status"},
		lie{"no such grouping", func(r *record.Record) {
			i := slices.IndexFunc(r.Metrics, func(m record.Metric) bool { return m.Name == "roster_decisions_total" })
			r.Metrics[i].Labels = []string{"outcome"}
		}, "its metrics have no label action"},
		lie{"a histogram has series of other names", func(r *record.Record) { r.Metrics[0].Type = "counter" }, "there is no metric roster_http_request_duration_seconds_bucket"},
	)
}

// The table of alerts in docs/operations.md is made from the alerts. To write it:
//
//	go test ./cmd/proof/record -run '^TestAlertsInOperations$' -update
func TestAlertsInOperations(t *testing.T) {
	t.Parallel()
	requireBlock(t, "docs/operations.md", "alerts", alertTables(readAlerts(t)))
	changed := readAlerts(t)
	changed.Groups[0].Rules[len(changed.Groups[0].Rules)-1].Annotations["action"] = "Wait."
	if alertTables(changed) == alertTables(readAlerts(t)) {
		t.Error("the tables do not show what to do")
	}
}

// alertTables returns a section with a table for each group.
func alertTables(file alertFile) string {
	var b strings.Builder
	for _, g := range file.Groups {
		_, about, _ := strings.Cut(g.Name, "-")
		fmt.Fprintf(&b, "### Alerts about %s\n\n| alert | it fires when | what to do |\n| --- | --- | --- |\n", about)
		for _, a := range g.Rules {
			if a.Alert != "" {
				fmt.Fprintf(&b, "| `%s`, %s | %s | %s |\n", a.Alert, a.Labels["severity"], a.Annotations["summary"], a.Annotations["action"])
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
