package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// formulas are learner ids that a spreadsheet would take for formulas, or that look like an escaped one.
var formulas = []domain.LearnerID{"=1+1", "+49 30", "-7", "@ada", "'=1", "''-1", "'ada", "'"}

// A user creates the missing course and imports the rejects into the same file. They are longer than one read.
func TestRejectsCanBeImported(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rejects.csv")
	c := newCore(t)
	bad := "none,a\"b\n" + "none,a\x00b,enroll\n" + "none,\xff,enroll\n" + "..,eve,enroll\n" + "none,eve,enroll,x\n" + "none," + strings.Repeat("é", 9000) + ",enroll\n"
	text := header + "none,ada,enroll\n" + "none,\"bob, \"\"b\"\"\",\n" + bad
	for _, learner := range formulas {
		text += `none,"` + string(learner) + `",enroll` + "\n"
	}
	for i := range 5000 {
		text += fmt.Sprintf("none,learner-%d,enroll\n", i)
	}
	s, err := importer.Run(t.Context(), c, by, strings.NewReader(text), importer.Options{Rejects: path})
	if err != nil || s.Rejected != 5008+len(formulas) || s.Outcomes["course_not_found"] != 5002+len(formulas) {
		t.Fatalf("%+v, %v", s, err)
	}
	written, _ := os.ReadFile(path)
	if found := regexp.MustCompile(`(?m)(^|,)"?[=+@-]`).Find(written); found != nil {
		t.Errorf("a spreadsheet takes a cell for a formula: %q", found)
	}
	c.On("none").Given("put capacity=9000")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err = importer.Run(t.Context(), c, by, file, importer.Options{Rejects: path})
	if err != nil || s.Outcomes["enrolled"] != 5002+len(formulas) || s.Outcomes["invalid_row"] != 6 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, learner := range append([]domain.LearnerID{"ada", `bob, "b"`}, formulas...) {
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

// A link that another user has put at the temporary name is not followed, and other users cannot read the rejects.
func TestRejectsFollowNoLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "rejects.csv"), filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path+".part"); err != nil {
		t.Fatal(err)
	}
	if _, err := importer.Run(t.Context(), newCore(t), by, strings.NewReader(many(9)), importer.Options{Rejects: path}); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(victim); string(kept) != "keep" {
		t.Errorf("the link's target is %q, %v", kept, err)
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the rejects have %v, %v, want -rw-------", info.Mode(), err)
	}
}
