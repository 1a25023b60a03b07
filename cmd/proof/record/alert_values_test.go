package record_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each value of a label that a query names exists: else an alert could never fire. cmd/proof/promises has all values, except statuses
// and routes.
func TestQueriesNameValuesOfLabels(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "cmd/proof/promises/testdata/promises/telemetry.txt")
	if err != nil {
		t.Fatal(err)
	}
	promised := strings.ReplaceAll(string(text), "\r\n", "\n")
	truth := queries(t)
	for _, difference := range compareValues(promised, truth) {
		t.Error(difference)
	}
	for query, want := range map[string]string{
		`rate(roster_store_duration_seconds_count{kind=~"internal|broken"}[5m])`: `no series of roster_store_duration_seconds has kind="broken"`,
		`rate(roster_bus_duration_seconds_count{call="print"}[5m])`:              `no series of roster_bus_duration_seconds has call="print"`,
		`rate(roster_http_request_duration_seconds_bucket{le="0.4"}[5m])`:        `no series of roster_http_request_duration_seconds has le="0.4"`,
	} {
		if report := compareValues(promised, map[string]string{"a lie": query}); !slices.Equal(report, []string{"a lie: " + want}) {
			t.Errorf("%s: reported %q", query, report)
		}
	}
}

// compareValues returns the values in queries that no promised series has.
func compareValues(promised string, queries map[string]string) (report []string) {
	for name, text := range queries {
		for _, part := range promQL.FindAllStringSubmatch(text, -1) {
			metric := regexp.MustCompile(`_(count|sum|bucket)$`).ReplaceAllString(part[2], "")
			for _, m := range matcher.FindAllStringSubmatch(part[3], -1) {
				label, values := m[1], strings.Split(m[3], "|")
				if slices.Contains([]string{"job", "instance", "status", "route"}, label) || m[3] == "" {
					continue
				}
				of := metric
				if label == "kind" { // the kinds of errors are the same in all metrics
					of = `\S+`
				}
				for _, value := range values {
					series := regexp.MustCompile(fmt.Sprintf(`(?m)^metric %s .*\b%s="%s"`, of, label, regexp.QuoteMeta(value)))
					if label == "le" {
						series = regexp.MustCompile(fmt.Sprintf(`(?m)^buckets of %s:.* %s( |$)`, metric, regexp.QuoteMeta(value)))
					}
					if !series.MatchString(promised) {
						report = append(report, fmt.Sprintf("%s: no series of %s has %s=%q", name, metric, label, value))
					}
				}
			}
		}
	}
	return report
}
