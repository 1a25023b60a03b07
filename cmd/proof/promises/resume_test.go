package promises_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// A story is what a build does with a fixture and what it finds then, as far as that is the same from run to run.
type story struct {
	Import    map[string]any // what the continued import reports
	Replayed  string         // the answer under a key that was used before
	Reused    int            // the exit code of another command under that key
	Repaired  []string       // outcomes of the dead letters
	Check     string
	Standings map[string][]string // by course, in order of sequence
}

const input = "input.csv" // in the data directory of a fixture: the file whose import was killed

// bulk is how many rows of the import enroll: a chunk and a half.
const bulk = 1500

// courses are those of a fixture.
var courses = []string{"bulk", "hot", "late", "queued", "shut"}

// begin makes the content of a fixture: a serve that is killed, then commands whose events are not published, and an import that is killed
// between two chunks. While lock is held, commands in the queue wait.
func begin(t *testing.T, s setup, lock func() (unlock func()), published func() bool, imported func() int) {
	t.Helper()
	serve := s.serveProcess(t)
	for _, args := range [][]string{
		{"course", "put", "hot", "--title", "Hot", "--capacity", "2"},
		{"course", "put", "bulk", "--title", "Bulk", "--capacity", "900"},
		{"course", "put", "queued", "--title", "Queued", "--capacity", "3"},
		{"course", "put", "shut", "--title", "Shut", "--capacity", "1", "--waitlist", "false"},
		{"enroll", "hot", "ada", "--key", "k1"}, {"enroll", "hot", "bob"}, {"enroll", "hot", "cy"}, {"enroll", "shut", "ada"},
		{"withdraw", "hot", "bob", "--key", "k2"}, {"course", "put", "shut", "--open", "false"},
	} {
		s.must(t, "", args...)
	}
	s.must(t, "course_id,learner_id\nmissing,dan\nmissing,eve\n", "enqueue", "-")
	portstest.Eventually(t, "two dead letters", func() bool { return strings.Count(s.must(t, "", "--json", "repair", "--dry-run"), "\n") == 2 })
	portstest.Eventually(t, "all is published", published)
	unlock := lock()
	s.must(t, rows("queued", 10), "enqueue", "-")
	serve.kill()
	unlock()

	text := "course_id,learner_id,action\n"
	for i := range bulk {
		text += fmt.Sprintf("bulk,learner-%d,enroll\n", i)
	}
	text += "bulk,learner-0,withdraw\nbulk\nnowhere,x,\nbulk,learner-1,\nbulk,learner-2,fly\n"
	writeFile(t, s.data, input, text)
	half := s.command(t, "import", "-")
	pipe, err := half.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := half.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Write([]byte(text[:len(text)*4/5])); err != nil {
		t.Fatal(err)
	}
	portstest.Eventually(t, "a chunk is saved", func() bool { return imported() > 0 })
	_ = half.Process.Kill()
	_ = half.Wait()
	if n := imported(); n == 0 || n >= bulk {
		t.Fatalf("%d of %d rows were imported before the kill", n, bulk)
	}
	s.must(t, "", "course", "put", "late", "--title", "Late", "--capacity", "1")
	s.must(t, "", "enroll", "late", "fay")
	s.must(t, "", "enroll", "hot", "gil")
}

// resume has a build go on with a fixture, and tells what it finds. It runs serve, until all is published and the queue is empty, in which
// published calls back.
func resume(t *testing.T, s setup, published func() bool) (found story) {
	t.Helper()
	found.Import = importInput(t, s, s.data)
	if n, ok := found.Import["replayed"]; ok && n == 0.0 { // older builds do not report it
		t.Error("the import repeats what an older build has done")
	}
	delete(found.Import, "replayed")
	delete(found.Import, "replayedFirst")
	found.Replayed = s.must(t, "", "--json", "enroll", "hot", "ada", "--key", "k1")
	found.Reused, _, _ = s.run(t, "", "enroll", "hot", "bob", "--key", "k1")
	portstest.Eventually(t, "all is published and the queue is done", published)
	s.must(t, "", "course", "put", "missing", "--title", "Missing", "--capacity", "1")
	for line := range strings.Lines(s.must(t, "", "--json", "repair")) {
		var letter struct{ LearnerID, Outcome string }
		if err := json.Unmarshal([]byte(line), &letter); err != nil {
			t.Fatal(err)
		}
		found.Repaired = append(found.Repaired, letter.Outcome)
	}
	slices.Sort(found.Repaired) // letters are in order of their ids, which differ
	found.Check = s.must(t, "", "--json", "check")
	found.Standings = make(map[string][]string)
	for _, course := range courses {
		for line := range strings.Lines(s.must(t, "", "--json", "list", course)) {
			var at struct {
				LearnerID, Status  string
				Sequence, Position int
			}
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				t.Fatal(err)
			}
			found.Standings[course] = append(found.Standings[course], fmt.Sprint(at.Sequence, " ", at.LearnerID, " ", at.Status, " ", at.Position))
		}
	}
	return found
}

// importInput imports the input in a folder, of which rows are rejected, and returns the report. Older builds exit with 0.
func importInput(t *testing.T, s setup, dir string) (report map[string]any) {
	t.Helper()
	code, stdout, stderr := s.run(t, "", "--json", "import", filepath.Join(dir, input))
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 && code != 3 {
		t.Fatalf("import: exit %d, %v\n%s", code, err, stderr)
	}
	delete(report, "seconds")
	return report
}

// requireStory requires that a build finds in a fixture what the build that made it did.
func requireStory(t *testing.T, kind string, got story) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "fixtures", kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var want story
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	for name := range got.Import {
		if _, ok := want.Import[name]; !ok {
			delete(got.Import, name) // an addition
		}
	}
	for what, pair := range map[string][2]any{
		"the import reports": {got.Import, want.Import}, "under the used key": {got.Replayed, want.Replayed},
		"another command under it, exit": {got.Reused, want.Reused}, "dead letters became": {got.Repaired, want.Repaired},
		"check": {got.Check, want.Check},
	} {
		if text(pair[0]) != text(pair[1]) {
			t.Errorf("%s: %s, and by the build that made the fixture %s", what, text(pair[0]), text(pair[1]))
		}
	}
	for _, course := range courses {
		g, w := got.Standings[course], want.Standings[course]
		for i := range max(len(g), len(w)) {
			if i >= len(g) || i >= len(w) || g[i] != w[i] {
				t.Errorf("%s: standing %d of %d, %d differs: %v, want %v", course, i, len(g), len(w), g[min(i, len(g)):min(i+1, len(g))], w[min(i, len(w)):min(i+1, len(w))])
				break
			}
		}
	}
}
