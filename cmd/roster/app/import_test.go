package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/cmd/roster/app"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

var staff = ports.Actor{Tenant: "default", Subject: "cli:test", Role: ports.Staff}

// A school is a store, and commands on it.
type school struct {
	testing.TB
	app.Storage
	dir string
}

func newSchool(t testing.TB) *school { return &school{t, memstore.New(), t.TempDir()} }

// A printed is what a command prints, and its exit code.
type printed struct {
	code           int
	stdout, stderr string
}

// run runs a command line of words, in which FILE is a file with the text.
func (s *school) run(text, words string, more ...string) printed {
	return s.runIn(s.Context(), text, append(strings.Fields(words), more...)...)
}

func (s *school) runIn(ctx context.Context, text string, args ...string) printed {
	s.Helper()
	if i := slices.Index(args, "FILE"); i >= 0 {
		args[i] = filepath.Join(s.dir, "rows.csv")
		if err := os.WriteFile(args[i], []byte(text), 0o600); err != nil {
			s.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := app.Run(ctx, app.Options{Args: append([]string{"--data-dir", s.dir}, args...), Stdin: strings.NewReader(text), Stdout: &stdout, Stderr: &stderr, Store: s.Storage})
	return printed{code, stdout.String(), stderr.String()}
}

// must runs a command that has to succeed.
func (s *school) must(text, words string) printed {
	s.Helper()
	p := s.run(text, words)
	if p.code != 0 {
		s.Fatalf("roster %s: exit %d\n%s%s", words, p.code, p.stdout, p.stderr)
	}
	return p
}

// put makes courses with seats: "a 3" or, without a waitlist, "a 3 false".
func (s *school) put(courses ...string) *school {
	for _, c := range courses {
		words := append(strings.Fields(c), "true")
		s.must("", fmt.Sprintf("course put %s --title T --capacity %s --waitlist %s", words[0], words[1], words[2]))
	}
	return s
}

// live returns the learners who are live on a course, in order.
func (s *school) live(course domain.CourseID) (live []string) {
	s.Helper()
	standings, err := s.Standings(s.Context(), "default", course, ports.StandingPage{Limit: 100_000})
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range standings {
		if r.Live() {
			live = append(live, string(r.Learner))
		}
	}
	slices.Sort(live)
	return live
}

func (s *school) sequence(course domain.CourseID) int64 {
	s.Helper()
	c, err := s.Course(s.Context(), "default", course)
	if err != nil {
		s.Fatal(err)
	}
	return c.Sequence
}

// A summary is what import --json prints.
type summary struct {
	Rows           int            `json:"rows"`
	Outcomes       map[string]int `json:"outcomes"`
	Promoted       int            `json:"promoted"`
	Rejected       int            `json:"rejected"`
	Failed         int            `json:"failed"`
	Replayed       int            `json:"replayed"`
	ReplayedFirst  time.Time      `json:"replayedFirst"`
	Unchanged      *int           `json:"unchanged"`
	SkippedCourses int            `json:"skippedCourses"`
	DryRun         bool           `json:"dryRun"`
	Code           string         `json:"code"`
	Detail         string         `json:"detail"`
}

func read(t testing.TB, p printed) (s summary) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.stdout), &s); err != nil {
		t.Fatalf("%v: exit %d\n%s%s", err, p.code, p.stdout, p.stderr)
	}
	return s
}

// rows returns a file of rows: "a ada" enrolls, "a ada withdraw" withdraws.
func rows(all ...string) string {
	text := "course_id,learner_id,action\n"
	for _, row := range all {
		words := append(strings.Fields(row), "", "")
		text += strings.Join(words[:3], ",") + "\n"
	}
	return text
}

func TestExitCodesOfFiles(t *testing.T) {
	t.Parallel()
	mixed := rows("a ada", "full ada", "full bob", "none ada", "a") // of 5 rows, 3 are rejected: course_full, course_not_found, invalid_row
	terms := "course_id,title,capacity\nnew,New,1\nnew,,\nother,,\n"
	for _, c := range []struct {
		words, text string
		code        int
		stderr      string
	}{
		{"import FILE", rows("a ada", "a bob"), 0, ""},
		{"import FILE", mixed, 3, "roster: 3 of 5 rows were rejected; correct the cause, then import only the rejects (--rejects FILE), or expect them with --allow-rejects (rows_rejected)\n"},
		{"import FILE --rejects R", mixed, 3, "roster: 3 of 5 rows were rejected; correct the cause, then import only the rejects, R, or expect them with --allow-rejects (rows_rejected)\n"},
		{"import FILE --allow-rejects 2", mixed, 3, "3 of 5 rows"},
		{"import FILE --allow-rejects 3", mixed, 0, ""},
		{"import FILE --allow-rejects 59%", mixed, 3, "3 of 5 rows"},
		{"import FILE --allow-rejects 60%", mixed, 0, ""},
		{"import FILE --allow-rejects course_full,invalid_row", mixed, 3, "1 of 5 rows"},
		{"import FILE --allow-rejects course_full,invalid_row,course_not_found", mixed, 0, ""},
		{"import FILE --allow-rejects course_full,2", mixed, 0, ""},
		{"import FILE --allow-rejects course_full,1", mixed, 3, "2 of 5 rows"},
		{"import FILE --allow-rejects full", mixed, 2, "--allow-rejects"},
		{"import FILE --allow-rejects -1", mixed, 2, "--allow-rejects"},
		{"import FILE --allow-rejects 101%", mixed, 2, "--allow-rejects"},
		{"import FILE --dry-run", rows("a ada"), 0, ""},
		{"import FILE --dry-run", mixed, 3, "3 of 5 rows were rejected; correct the cause and run it again, or"},
		{"import FILE --map course_id=course_id --only action=x", rows("a ada", "a bob"), 3, ""},
		{"import FILE --map course_id=course_id --only action=x", rows(), 0, ""},
		{"import FILE --only action=x --dry-run", rows("a ada", "a bob"), 3, ""},
		{"import FILE --only action=x --sync --course a --max-withdrawals 100%", rows("a ada", "a bob"), 3, ""},
		{"import FILE --only action=x", rows() + ",,\n", 0, ""},
		{"import FILE", "course_id,learner_id,enrollment_id,status,position,sequence,since\na,ada,e,withdrawn,,4,now\n", 0, ""},
		{"import FILE --dry-run --allow-rejects 3", mixed, 0, ""},
		{"import FILE --sync", rows("a ada"), 0, ""},
		{"import FILE --sync", mixed, 3, ""},
		{"import FILE --sync", rows("a ada", "full ada", "full bob", "none ada", "a bob dance"), 3, "3 of 5 rows"},
		{"import FILE --sync --allow-rejects invalid_row", mixed, 3, "2 of 5 rows"},
		{"import FILE --sync --dry-run --allow-rejects invalid_row,2", mixed, 0, ""},
		{"import FILE --sync", rows(), 2, "--course ID --max-withdrawals 100%"},
		{"import FILE --sync --again", rows("a ada"), 2, "--again"},
		{"import FILE --max-withdrawals 3", rows("a ada"), 2, "--sync"},
		{"import FILE --course a", rows("a ada"), 2, "--sync"},
		{"import FILE --sync --course none", rows("a ada"), 2, "--course must be the id of a course that exists"},
		{"import FILE", "nonsense\n", 2, "header"},
		{"import NOWHERE", "", 2, "NOWHERE"},
		{"course import FILE", "course_id,title,capacity\nnew,New,1\n", 0, ""},
		{"course import FILE", terms, 3, "1 of 3 rows"},
		{"course import FILE --allow-rejects course_not_found", terms, 0, ""},
		{"enqueue FILE", rows("a ada"), 4, "serve"}, // there is no broker
	} {
		t.Run(c.words+" "+fmt.Sprint(c.code), func(t *testing.T) {
			t.Parallel()
			for _, flags := range [][]string{nil, {"--json"}} {
				s := newSchool(t).put("a 10", "full 1 false")
				words := strings.Replace(c.words, "--rejects R", "--rejects "+filepath.Join(s.dir, "R"), 1)
				p := s.run(c.text, words, flags...)
				p.stderr = strings.ReplaceAll(p.stderr, s.dir+string(filepath.Separator), "")
				all := p.stderr
				if flags != nil && c.code != 3 {
					all = p.stdout
				}
				if p.code != c.code || c.stderr != "" && !strings.Contains(all, c.stderr) || c.code == 0 && strings.Contains(p.stderr, "roster:") {
					t.Errorf("%q: exit %d, want %d and %q\n%s%s", flags, p.code, c.code, c.stderr, p.stdout, p.stderr)
				}
				if flags != nil && c.code != 4 {
					read(t, p)
				}
			}
		})
	}
}

// A file that was imported before does nothing, and says so.
func TestReplaysAreReported(t *testing.T) {
	t.Parallel()
	s, text := newSchool(t).put("a 5"), rows("a ada", "a bob", "none x", "bad")
	first := read(t, s.run(text, "import FILE --json --allow-rejects 2"))
	if first.Replayed != 0 || !first.ReplayedFirst.IsZero() || first.Outcomes["enrolled"] != 2 {
		t.Errorf("%+v", first)
	}
	if strings.Contains(s.must(text, "import FILE --again --allow-rejects 9").stderr, "saved answers") {
		t.Error("new refusals are said to be saved answers")
	}
	s.must("", "withdraw a ada")
	again := s.must(text, "import FILE --allow-rejects 2")
	if !strings.Contains(again.stdout, "\n3 of 4 rows were done before, first at 20") || !strings.HasSuffix(again.stdout, "Z; --again repeats them\n") {
		t.Errorf("%s", again.stdout)
	}
	if !strings.HasPrefix(again.stderr, "1 refusals are saved answers of the earlier run") {
		t.Errorf("%s", again.stderr)
	}
	got := read(t, s.must(text, "import FILE --json --allow-rejects 2"))
	if got.Replayed != 3 || time.Since(got.ReplayedFirst) > time.Hour || !slices.Equal(s.live("a"), []string{"bob"}) {
		t.Errorf("%+v, %v", got, s.live("a"))
	}
	got = read(t, s.must(text, "import FILE --again --json --allow-rejects 3"))
	if got.Replayed != 0 || got.Outcomes["enrolled"] != 1 || !slices.Equal(s.live("a"), []string{"ada", "bob"}) {
		t.Errorf("--again: %+v, %v", got, s.live("a"))
	}
}

// Rows that this run has done itself are no replays, even if it did not get the reply at once.
func TestReplaysOfThisRunAreNotReported(t *testing.T) {
	t.Parallel()
	s, all := newSchool(t).put("a 1500"), []string{}
	for i := range 1500 {
		all = append(all, fmt.Sprint("a l", i))
	}
	h := &hooked{Storage: s.Storage}
	s.Storage = h
	once := func() error {
		h.update, h.saving = nil, nil
		return fmt.Errorf("%w: lost", ports.ErrUnavailable)
	}
	h.saving = once
	if got := read(t, s.must(rows(all...), "import FILE --json")); got.Replayed != 0 || got.Outcomes["enrolled"] != 1500 {
		t.Errorf("after a lost reply: %+v", got)
	}
	h.update = once
	got := read(t, s.must(rows(all...), "import FILE --json"))
	standing, err := s.Standing(t.Context(), "default", "a", "l0")
	if err != nil || got.Replayed != 1500 || !got.ReplayedFirst.Equal(standing.Since) {
		t.Errorf("the second run, after a failed attempt: %+v, %v, want the time %s", got, err, standing.Since)
	}
}

// A hooked store calls functions at the end of each snapshot, and before and after each update.
type hooked struct {
	app.Storage
	snapshot       func()
	update, saving func() error
}

func (h *hooked) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	err := h.Storage.Snapshot(ctx, tenant, read)
	if h.snapshot != nil {
		h.snapshot()
	}
	return err
}

func (h *hooked) Update(ctx context.Context, need ports.Need, decide func(ports.Loaded) (ports.Changes, error)) error {
	if h.update != nil {
		if err := h.update(); err != nil {
			return err
		}
	}
	err := h.Storage.Update(ctx, need, decide)
	if h.saving != nil && err == nil {
		err = h.saving()
	}
	return err
}

// A dry run waits for no writer, and changes nothing.
func TestDryRunTakesNoLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "roster.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := &school{t, store, dir}
	s.put("a 1", "b 1 false")
	s.must(rows("a ada", "a bob"), "import FILE")
	s.Storage = nil // the next commands open the file themselves
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	text := rows("a ada withdraw", "b cyd", "b dan", "none eve")
	need := ports.Need{Tenant: "default", Courses: []ports.NeedCourse{{ID: "a"}}}
	err = writer.Update(t.Context(), need, func(ports.Loaded) (ports.Changes, error) {
		for promoted, words := range []string{"--sync --max-withdrawals 5", ""} {
			p := s.run(text, "import FILE --dry-run --json "+words)
			got := read(t, p)
			if p.code != 3 || !got.DryRun || got.Outcomes["withdrawn"] == 0 || got.Outcomes["enrolled"] != 1 || got.Outcomes["course_full"] != 1 ||
				got.Outcomes["course_not_found"] != 1 || got.Promoted != promoted {
				t.Errorf("exit %d, %s%s", p.code, p.stdout, p.stderr)
			}
		}
		return ports.Changes{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
		t.Errorf("the file has changed: %v", err)
	}
}

// A learner who was promoted holds a seat before and after the import of a list, and the others wait in their order.
func TestAListIsImportedAsItWas(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 1")
	s.must(rows("a ada", "a bob", "a cyd", "a dan", "a ada withdraw"), "import FILE")
	for name, lists := range map[string][]string{
		"csv": {"list a --csv"}, "ndjson": {"list a --json --status enrolled", "list a --json --status waitlisted"},
	} {
		another := newSchool(t).put("a 1")
		for _, list := range lists {
			another.must(s.must("", list).stdout, "import FILE --format "+name)
		}
		for status, want := range map[string]string{"enrolled": "bob", "waitlisted": "cyd dan"} {
			var learners []string
			for line := range strings.Lines(another.must("", "list a --csv --status "+status).stdout) {
				learners = append(learners, strings.Split(line, ",")[1])
			}
			if got := strings.Join(learners[1:], " "); got != want {
				t.Errorf("%s: %s are %s, want %s", name, status, got, want)
			}
		}
	}
}
