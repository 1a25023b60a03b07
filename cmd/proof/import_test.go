package proof_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/domain"
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

// An import rejects invalid rows and imports the others. It refuses a file that is not a CSV file with the right header.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "100")
		const header = "course_id,learner_id,action\n"
		for i, c := range []struct {
			name, file         string
			code               int
			enrolled, rejected int
			want               string
		}{
			{"empty", "", 2, 0, 0, "must not be empty"},
			{"no header", "go,ada\n", 2, 0, 0, "course_id"},
			{"wrong header", "course,learner\ngo,ada\n", 2, 0, 0, "course_id"},
			{"not UTF-8", "\xff\xfe\x00c\n", 2, 0, 0, ""},
			{"only a header", header, 0, 0, 0, ""},
			{"ragged", header + "go\ngo,%s1\ngo,%s2,enroll,extra\ngo,%s3,enroll\n", 3, -1, -1, ""},
			{"BOM", "\ufeff" + header + "go,%s1,enroll\n", 0, 1, 0, ""},
			{"CRLF", "course_id,learner_id\r\ngo,%s1\r\ngo,%s2\r\n", 0, 2, 0, ""},
			{"quotes", header + "\"go\",\"%s, \"\"the first\"\"\",enroll\n", 0, 1, 0, ""},
			{"a quote that does not end", header + "go,%s1,enroll\ngo,\"%s2,enroll\ngo,%s3,enroll\n", 3, 1, 1, ""},
			{"a field of 1 MB", header + "go," + strings.Repeat("x", 1<<20) + ",enroll\ngo,%s1,enroll\n", 3, 1, 1, ""},
			{"invalid UTF-8", header + "go,%s\xff,enroll\ngo,%s1,enroll\n", 3, 1, 1, ""},
			{"NUL", header + "go,%s\x00,enroll\ngo,%s1,enroll\n", 3, 1, 1, ""},
			{"unknown action", header + "go,%s1,erase\ngo,%s2,\n", 3, 1, 1, ""},
			{"unknown course", header + "none,%s1,enroll\ngo,%s2,enroll\n", 3, 1, 1, ""},
			{"no last newline", header + "go,%s1,enroll", 0, 1, 0, ""},
		} {
			file := strings.ReplaceAll(c.file, "%s", fmt.Sprintf("l%d-", i))
			r := s.run(t, file, "--json", "import", "-")
			if r.code != c.code || !strings.Contains(r.stdout, c.want) {
				t.Errorf("%s: exit %d, want %d and %q; printed\n%s%s", c.name, r.code, c.code, c.want, r.stdout, r.stderr)
				continue
			}
			if c.code == 2 {
				continue
			}
			got := read[summary](t, r.stdout)
			if got.Failed != 0 || got.Rows != got.Outcomes["enrolled"]+got.Rejected ||
				c.enrolled >= 0 && (got.Outcomes["enrolled"] != c.enrolled || got.Rejected != c.rejected) {
				t.Errorf("%s: %+v, want %d enrolled, %d rejected", c.name, got, c.enrolled, c.rejected)
			}
		}
		s.mustCheck(t)
	})
}

// throughImport imports consecutive steps as one file. It uses the command line for puts and keys, which rows do not have.
func throughImport(t *testing.T, s system, script []step) (codes []string) {
	var rows []step
	flush := func() {
		codes = append(codes, importRows(t, s, rows)...)
		rows = nil
	}
	for i, step := range script {
		if step.do == "put" || step.key != "" {
			flush()
			codes = append(codes, throughCLI(t, s, script[i:i+1])...)
			continue
		}
		rows = append(rows, step)
	}
	flush()
	return codes
}

// importRows imports the steps as one file. The codes of refusals are in the rejects file; the others are in the journal.
func importRows(t *testing.T, s system, steps []step) []string {
	if len(steps) == 0 {
		return nil
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	_ = w.Write([]string{"course_id", "learner_id", "action"})
	for _, step := range steps {
		_ = w.Write([]string{step.course, step.learner, step.do})
	}
	w.Flush()
	before := len(events(t, s))
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	s.must(t, file.String(), "import", "-", "--again", "--rejects", rejects, "--allow-rejects", "100%")

	codes := make([]string, len(steps))
	for _, reject := range readCSV(t, rejects)[1:] {
		row, err := strconv.Atoi(reject[3])
		if err != nil {
			t.Fatal(err)
		}
		row -= 2                                                // row 1 is the header
		if codes[row] = reject[4]; reject[4] == "invalid_row" { // an invalid argument, in the codes of an import
			codes[row] = string(domain.ErrInvalidArgument)
		}
	}
	added := events(t, s)[before:]
	for i := range codes {
		if codes[i] == "" {
			codes[i] = string(added[0].Standing().Status)
			if added = added[1:]; len(added) > 0 && added[0].Type == domain.LearnerPromoted {
				codes[i] += "+" + string(added[0].Learner)
				added = added[1:]
			}
		}
	}
	return codes
}

func readCSV(t *testing.T, file string) [][]string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
