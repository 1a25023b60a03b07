package record_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/app"
	"example.com/roster/cmd/roster/record"
)

// roster runs a command of the program that has to succeed, and returns its output.
func roster(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	options := app.Options{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}
	if code := app.Run(t.Context(), options); code != 0 {
		t.Fatalf("roster %s: exit %d\n%s%s", strings.Join(args, " "), code, &stdout, &stderr)
	}
	return stdout.String()
}

// theRecord returns a record of the service that the caller may change.
func theRecord(t *testing.T) (r record.Record) {
	t.Helper()
	if err := json.Unmarshal([]byte(roster(t, "describe", "--json")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A lie is a change of the record that a comparison has to report.
type lie struct {
	name string
	tell func(*record.Record)
	want string // in the report
}

// catches fails unless compare finds nothing in the record, and reports each lie.
func catches(t *testing.T, compare func(record.Record) []string, lies ...lie) {
	t.Helper()
	for _, difference := range compare(theRecord(t)) {
		t.Error(difference)
	}
	for _, l := range lies {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			r := theRecord(t)
			l.tell(&r)
			report := compare(r)
			if !slices.ContainsFunc(report, func(line string) bool { return strings.Contains(line, l.want) }) {
				t.Errorf("reported %q, want %q", report, l.want)
			}
		})
	}
}

// differences reports what is only in the record, and what is only in the running system.
func differences(kind string, recorded, observed []string) (report []string) {
	for _, name := range recorded {
		if !slices.Contains(observed, name) {
			report = append(report, kind+" "+name+" is in the record, and not in the running system")
		}
	}
	for _, name := range observed {
		if !slices.Contains(recorded, name) {
			report = append(report, kind+" "+name+" is in the running system, and not in the record")
		}
	}
	return report
}
