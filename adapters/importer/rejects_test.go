package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A user creates the missing course and imports the rejects into the same file. They are longer than one read.
func TestRejectsCanBeImported(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	c := newCore(t)
	bad := "none,a\"b\n" + "none,a\x00b,enroll\n" + "none,\xff,enroll\n" + "no ne,eve,enroll\n" + "none,eve,enroll,x\n" + "none," + strings.Repeat("é", 9000) + ",enroll\n"
	text := header + "none,ada,enroll\n" + "none,\"bob, \"\"b\"\"\",\n" + bad
	for i := range 5000 {
		text += fmt.Sprintf("none,learner-%d,enroll\n", i)
	}
	s, err := importer.Run(t.Context(), c, by, strings.NewReader(text), importer.Options{Rejects: path})
	if err != nil || s.Rejected != 5008 || s.Outcomes["course_not_found"] != 5002 {
		t.Fatalf("%+v, %v", s, err)
	}
	c.On("none").Given("put capacity=9000")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err = importer.Run(t.Context(), c, by, file, importer.Options{Rejects: path})
	if err != nil || s.Outcomes["enrolled"] != 5002 || s.Outcomes["invalid_row"] != 6 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, learner := range []domain.LearnerID{"ada", `bob, "b"`} {
		if got, err := c.Standing(t.Context(), by, "none", learner); err != nil || got.Status != domain.Enrolled {
			t.Errorf("%s holds %q, %v", learner, got.Status, err)
		}
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	after, _ := os.ReadFile(path)
	if n := strings.Count(string(after), "\n"); n != 7 {
		t.Errorf("%d lines of rejects, want 7", n)
	}
}

func TestRejectsThatCannotBeWrittenChangeNothing(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	path := filepath.Join(t.TempDir(), "no such folder", "rejects.csv")
	_, err := importer.Run(t.Context(), c, by, strings.NewReader(many(1)), importer.Options{Rejects: path})
	if ports.KindOf(err) != domain.ErrInvalidArgument || len(c.commands) > 0 {
		t.Errorf("%v, %d commands", err, len(c.commands))
	}
}
