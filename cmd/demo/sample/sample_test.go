package sample_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"example.com/roster/cmd/demo/sample"
)

func TestSampleIsWhole(t *testing.T) {
	t.Parallel()
	expected := sample.Expected()
	if rows := read(t, sample.Commands(), "course_id,learner_id,action"); len(rows) != expected.Commands {
		t.Errorf("%d commands, %d expected", len(rows), expected.Commands)
	}
	courses := read(t, sample.Courses(), "course_id,title,capacity,waitlist")
	for _, row := range courses {
		if _, ok := expected.Courses[row[0]]; !ok {
			t.Errorf("nothing is expected of %s", row[0])
		}
	}
	if len(courses) != 9 || len(expected.Courses) != 9 {
		t.Errorf("%d courses, %d expected", len(courses), len(expected.Courses))
	}
	outcomes, enrolled := 0, 0
	for kind, n := range expected.Outcomes {
		if kind != "promoted" {
			outcomes += n
		}
	}
	if outcomes != expected.Commands {
		t.Errorf("%d outcomes of %d commands", outcomes, expected.Commands)
	}
	for _, course := range expected.Courses {
		enrolled += len(course.Enrolled)
	}
	if enrolled == 0 || expected.Changes() != 19_419 {
		t.Errorf("%d enrolled, %d changes", enrolled, expected.Changes())
	}
	if !strings.Contains(sample.Notice, "CC-BY 4.0") {
		t.Error("the notice is gone")
	}
}

func read(t *testing.T, text []byte, header string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != header {
		t.Errorf("header %q, want %q", got, header)
	}
	return rows[1:]
}
