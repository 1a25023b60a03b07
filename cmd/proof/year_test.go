package proof_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// summary is what import --json prints.
type summary struct {
	Rows     int            `json:"rows"`
	Outcomes map[string]int `json:"outcomes"`
	Promoted int            `json:"promoted"`
	Rejected int            `json:"rejected"`
	Failed   int            `json:"failed"`
	Seconds  float64        `json:"seconds"`
	Skipped  int            `json:"skipped"`

	Replayed      int       `json:"replayed"`
	ReplayedFirst time.Time `json:"replayedFirst"`
	DryRun        bool      `json:"dryRun"`
	Unchanged     int       `json:"unchanged"`
}

// yearRejects are the codes that the rules refuse rows of the year with.
const yearRejects = "course_full,not_enrolled"

func (s summary) text() string { return fmt.Sprintf("%+v", s) }

// An import of the year of real registrations has the result of an independent model of the rules. The short form leaves SQLite to
// the test of cmd/demo, which imports the year there.
func TestYearImported(t *testing.T) {
	t.Parallel()
	kinds := []string{"memory", "postgres"}
	if long {
		kinds = append(kinds, "sqlite")
	}
	on(t, kinds, func(t *testing.T, s system) {
		files := sampleFiles(t)
		s.must(t, "", "course", "import", files.courses)
		before := dump(t, s.open(t))
		tried := read[summary](t, s.must(t, "", "--json", "import", files.commands, "--allow-rejects", yearRejects, "--dry-run"))
		if !tried.DryRun || dump(t, s.open(t)) != before {
			t.Errorf("a dry run reports %+v, and has changed something", tried)
		}
		got := read[summary](t, s.must(t, "", "--json", "import", files.commands, "--allow-rejects", yearRejects))
		want := sample.Expected()
		outcomes := maps.Clone(want.Outcomes)
		delete(outcomes, "promoted")
		if got.Rows != want.Commands || !maps.Equal(got.Outcomes, outcomes) || got.Promoted != want.Outcomes["promoted"] {
			t.Errorf("import reports %+v, want %d rows, %v and %d promoted", got, want.Commands, outcomes, want.Outcomes["promoted"])
		}
		if got.Rejected != outcomes["course_full"]+outcomes["not_enrolled"] || got.Failed != 0 {
			t.Errorf("import reports %d rejected, %d failed", got.Rejected, got.Failed)
		}
		requireYear(t, s)
		tried.DryRun = false
		if tried.Seconds, got.Seconds = 0, 0; tried.text() != got.text() {
			t.Errorf("the import reports %+v, the dry run before it %+v", got, tried)
		}

		again := read[summary](t, s.must(t, "", "--json", "import", files.commands, "--allow-rejects", yearRejects))
		if again.Replayed != again.Rows || again.ReplayedFirst.IsZero() {
			t.Errorf("of %d rows of the second import, %d were replayed, first at %s", again.Rows, again.Replayed, again.ReplayedFirst)
		}
		again.Replayed, again.ReplayedFirst = 0, time.Time{}
		if again.Seconds, got.Seconds = 0, 0; again.text() != got.text() {
			t.Errorf("the second import reports %+v, the first %+v", again, got)
		}
		requireYear(t, s)
	})
}

// The same year, one command at a time over HTTP, has the same result. The short form sends the first rows to a store in memory, and
// compares the result with an import of the same rows.
func TestYearOverHTTP(t *testing.T) {
	t.Parallel()
	kinds := []string{"memory"}
	if long {
		kinds = []string{"memory", "sqlite", "postgres"}
	}
	on(t, kinds, func(t *testing.T, s system) {
		files, rows := sampleFiles(t), sampleRows(t)
		s.must(t, "", "course", "import", files.courses)
		if long {
			if got, want := yearOverHTTP(t, s, rows), sample.Expected().Outcomes; !maps.Equal(got, want) {
				t.Errorf("outcomes are %v, want %v", got, want)
			}
			requireYear(t, s)
			return
		}
		beginning := min(3_000, len(rows)/2)
		yearOverHTTP(t, s, rows[:beginning])
		imported := newSystem(t, "memory")
		imported.must(t, "", "course", "import", files.courses)
		shorten(t, files.commands, beginning)
		imported.must(t, "", "import", files.commands, "--allow-rejects", yearRejects)
		if got, want := dump(t, s.open(t)), dump(t, imported.open(t)); got != want {
			t.Errorf("the results over HTTP and by import differ in %s", firstDifference(got, want))
		}
		s.mustCheck(t)
	})
}

// yearOverHTTP sends the rows one after another, and counts their outcomes.
func yearOverHTTP(t *testing.T, s system, rows [][]string) map[string]int {
	c := s.client(t)
	outcomes := make(map[string]int)
	for _, row := range rows {
		method, path, body := "POST", "/v1/courses/"+row[0]+"/enrollments", `{"learnerId":"`+row[1]+`"}`
		if row[2] == "withdraw" {
			method, path, body = "DELETE", path+"/"+url.PathEscape(row[1]), ""
		}
		var a answer
		_, _, content, err := c.do(method, path, "", body)
		if err != nil || json.Unmarshal(content, &a) != nil {
			t.Fatalf("%s %s: %v, %s", method, path, err, content)
		}
		code, _, promoted := strings.Cut(a.code(), "+")
		outcomes[code]++
		if promoted {
			outcomes["promoted"]++
		}
	}
	return outcomes
}

// requireYear requires the expected result of the year: events by type, and the seats and the waitlist of every course.
func requireYear(t *testing.T, s system) {
	t.Helper()
	s.mustCheck(t)
	store, want := s.open(t), sample.Expected()
	events := make(map[string]int)
	for id, course := range want.Courses {
		for e, err := range store.Journal(t.Context(), tenant, domain.CourseID(id), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(e.Type), "learner.") {
				events[string(e.Type)]++
			}
		}
		enrolled := names(allStandings(t, store, domain.CourseID(id), domain.Enrolled))
		slices.Sort(enrolled)
		if !slices.Equal(enrolled, course.Enrolled) {
			t.Errorf("%s: %d enrolled, want %d, or the learners differ", id, len(enrolled), len(course.Enrolled))
		}
		if waiting := names(allStandings(t, store, domain.CourseID(id), domain.Waitlisted)); !slices.Equal(waiting, course.Waitlisted) {
			t.Errorf("%s: the waitlist has another order or length: %d, want %d", id, len(waiting), len(course.Waitlisted))
		}
	}
	if !maps.Equal(events, want.Events) {
		t.Errorf("events are %v, want %v", events, want.Events)
	}
}

func names(standings []ports.RankedStanding) []string {
	names := make([]string, len(standings))
	for i, s := range standings {
		names[i] = string(s.Learner)
	}
	return names
}

type files struct{ courses, commands string }

// sampleFiles writes the sample into temporary files of t.
func sampleFiles(t testing.TB) files {
	t.Helper()
	dir := t.TempDir()
	f := files{filepath.Join(dir, "courses.csv"), filepath.Join(dir, "commands.csv")}
	for name, content := range map[string][]byte{f.courses: sample.Courses(), f.commands: sample.Commands()} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// sampleRows returns the commands of the year: course, learner, action.
func sampleRows(t testing.TB) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(sample.Commands()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
