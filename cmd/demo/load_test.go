package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"example.com/roster/cmd/demo/sample"
)

// interruptLoad leaves what a start leaves that was killed while it loaded: the courses, and the rows of the first chunks.
func interruptLoad(t *testing.T, dir string) {
	t.Helper()
	d := demo{dataDir: dir, stdout: io.Discard, stderr: io.Discard}
	unpacked, err := d.unpack()
	if err != nil {
		t.Fatal(err)
	}
	const chunk = 1000 // rows of a chunk of an import
	rows := bytes.SplitAfter(sample.Commands(), []byte("\n"))
	head := filepath.Join(dir, "head.csv")
	if err := os.WriteFile(head, bytes.Join(rows[:1+len(rows)/chunk/2*chunk], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"course", "import", filepath.Join(unpacked, "courses.csv")}, {"import", head, "--allow-rejects", expectedRejects}} {
		if _, err := d.roster(t.Context(), command...); err != nil {
			t.Fatal(err)
		}
	}
}

// Other courses in the data directory are no reason to leave out the sample's.
func TestOneMissing(t *testing.T) {
	t.Parallel()
	var own, all []course
	for id := range sample.Expected().Courses {
		own = append(own, course{ID: "own-" + id})
		all = append(all, course{ID: id})
	}
	if !oneMissing(own) || !oneMissing(append(own, all[1:]...)) || oneMissing(append(own, all...)) {
		t.Error("a course is missing if it is one of the sample's")
	}
}
