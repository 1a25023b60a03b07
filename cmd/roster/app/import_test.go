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

	"pgregory.net/rapid"

	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
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
	Rows          int            `json:"rows"`
	Outcomes      map[string]int `json:"outcomes"`
	Promoted      int            `json:"promoted"`
	Rejected      int            `json:"rejected"`
	Failed        int            `json:"failed"`
	Replayed      int            `json:"replayed"`
	ReplayedFirst time.Time      `json:"replayedFirst"`
	Unchanged     *int           `json:"unchanged"`
	DryRun        bool           `json:"dryRun"`
	Code          string         `json:"code"`
	Detail        string         `json:"detail"`
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
		{"import FILE", mixed, 3, "roster: 3 of 5 rows were rejected; correct them and run it again, or expect them with --allow-rejects (rows_rejected)\n"},
		{"import FILE --rejects R", mixed, 3, "roster: 3 of 5 rows were rejected; correct them in R and run it with that file, or expect them with --allow-rejects (rows_rejected)\n"},
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
		{"import FILE --dry-run", mixed, 3, "3 of 5 rows"},
		{"import FILE --dry-run --allow-rejects 3", mixed, 0, ""},
		{"import FILE --sync", rows("a ada"), 0, ""},
		{"import FILE --sync", mixed, 3, "3 of 5 rows"},
		{"import FILE --sync --dry-run --allow-rejects 3", mixed, 0, ""},
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
	s.must("", "withdraw a ada")
	again := s.must(text, "import FILE --allow-rejects 2")
	if !strings.Contains(again.stdout, "\n3 of 4 rows were done before, first at 20") || !strings.HasSuffix(again.stdout, "Z; --again repeats them\n") {
		t.Errorf("%s", again.stdout)
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

func TestSync(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 3", "b 2 false", "c 9")
	s.must(rows("a ada", "a bob", "a cyd", "a dan", "a eve", "b ada", "b bob", "c zoe"), "import FILE")
	// On a, ada, bob and cyd have seats, dan and eve wait; zoe is on c, which the file does not name.
	text := rows("a eve", "a fay", "a cyd", "a bob withdraw", "b cyd", "b dan", "a gus withdraw", "none ada", "a eve", "b", "b bob dance")
	rejects := filepath.Join(s.dir, "rejects.csv")
	for i, words := range []string{"--dry-run", "", ""} {
		p := s.run(text, "import FILE --sync --json --max-withdrawals 4 --rejects "+rejects+" "+words)
		got := read(t, p)
		want, unchanged, promoted := map[string]int{"enrolled": 2, "withdrawn": 4, "course_full": 1, "course_not_found": 1, "invalid_row": 2}, 4, 1
		if i == 2 {
			want, unchanged, promoted = map[string]int{"course_full": 1, "course_not_found": 1, "invalid_row": 2}, 7, 0
		}
		if p.code != 3 || got.Rows != 11 || fmt.Sprint(got.Outcomes) != fmt.Sprint(want) || *got.Unchanged != unchanged ||
			got.Promoted != promoted || got.Rejected != 4 || got.DryRun != (i == 0) {
			t.Errorf("run %d: exit %d, %s\n%s", i, p.code, p.stdout, p.stderr)
		}
		text, err := os.ReadFile(rejects)
		if err != nil || strings.Count(string(text), "\n") != 5 || !strings.Contains(string(text), "b,dan,,7,course_full,") {
			t.Errorf("run %d: %v, %s", i, err, text)
		}
		for course, want := range map[domain.CourseID][2]string{
			"a": {"[ada bob cyd dan eve]", "[cyd eve fay]"}, "b": {"[ada bob]", "[bob cyd]"}, "c": {"[zoe]", "[zoe]"},
		} {
			if got := fmt.Sprint(s.live(course)); got != want[min(i, 1)] {
				t.Errorf("run %d: on %s are %s, want %s", i, course, got, want[min(i, 1)])
			}
		}
	}
	// No one who was on the waitlist, and was withdrawn, was promoted before.
	for e, err := range s.Journal(t.Context(), "default", "a", 0) {
		if err != nil || e.Type == domain.LearnerPromoted && e.Learner != "eve" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	s.must("", "check")
}

func TestMaxWithdrawals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live, withdrawn int
		flags           string
		allowed         bool
	}{
		{3, 1, "", true}, {3, 2, "", false}, {10, 1, "", true}, {11, 2, "", true}, {11, 3, "", false}, {20, 2, "", true}, {20, 3, "", false},
		{3, 3, "--max-withdrawals 100%", true}, {3, 3, "--max-withdrawals 3", true}, {3, 3, "--max-withdrawals 2", false},
		{3, 1, "--max-withdrawals 0", false}, {3, 1, "--max-withdrawals 0%", false}, {3, 2, "--max-withdrawals 34%", true},
		{0, 0, "", true}, {0, 0, "--max-withdrawals 0", true},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			s, all := newSchool(t).put("a 15"), []string{"a new"} // of 20, five wait
			for i := range c.live {
				all = append(all, fmt.Sprint("a l", i))
			}
			s.must(rows(all[1:]...), "import FILE")
			before := s.sequence("a")
			for _, dry := range []string{" --dry-run", ""} {
				p := s.run(rows(all[:len(all)-c.withdrawn]...), "import FILE --sync --json "+c.flags+dry)
				if c.allowed != (p.code == 0) {
					t.Fatalf("exit %d, %s%s", p.code, p.stdout, p.stderr)
				}
				got := read(t, p)
				if c.allowed && got.Outcomes["withdrawn"] != c.withdrawn {
					t.Errorf("%+v", got)
				}
				counts := fmt.Sprintf("withdraw %d of the %d learners on its 1 courses", c.withdrawn, c.live)
				if !c.allowed && (p.code != 3 || got.Code != "too_many_withdrawals" || !strings.Contains(got.Detail, counts) || s.sequence("a") != before) {
					t.Errorf("exit %d, %+v", p.code, got)
				}
			}
		})
	}
}

// A file without rows withdraws no one, unless it is certain that it should.
func TestSyncWithoutRows(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 5", "b 5")
	s.must(rows("a ada", "a bob", "b ada"), "import FILE")
	for words, code := range map[string]int{
		"": 2, "--course a": 2, "--max-withdrawals 100%": 2, "--course a --max-withdrawals 99%": 2, "--course a --max-withdrawals 2": 2,
	} {
		if p := s.run(rows(), "import FILE --sync "+words); p.code != code {
			t.Errorf("%s: exit %d, want %d: %s", words, p.code, code, p.stderr)
		}
	}
	got := read(t, s.must(rows(), "import - --sync --course a --max-withdrawals 100% --json"))
	if got.Rows != 0 || got.Outcomes["withdrawn"] != 2 || len(s.live("a")) != 0 || len(s.live("b")) != 1 {
		t.Errorf("%+v, %v, %v", got, s.live("a"), s.live("b"))
	}
}

// A hooked store calls functions at the end of each snapshot, and before each update.
type hooked struct {
	app.Storage
	snapshot func()
	update   func() error
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
	return h.Storage.Update(ctx, need, decide)
}

// A learner enrolls between the plan and the run: the course is left alone, and the next run plans again.
func TestSyncStopsIfACourseHasChanged(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 5", "b 5")
	s.must(rows("a ada", "a bob", "b ada", "b bob"), "import FILE")
	h := &hooked{Storage: s.Storage}
	h.snapshot = func() {
		if _, err := application.New(h.Storage).Enroll(t.Context(), staff, "b", "zoe"); err != nil {
			t.Error(err)
		}
	}
	s.Storage = h
	text := rows("a bob", "a cyd", "b bob", "b cyd")
	p := s.run(text, "import FILE --sync --max-withdrawals 9 --json")
	got := read(t, p)
	if p.code != 3 || !strings.Contains(p.stderr, "course b has changed") || !strings.Contains(p.stderr, "(precondition_failed)") {
		t.Errorf("exit %d, %s", p.code, p.stderr)
	}
	if got.Rows != 4 || got.Outcomes["enrolled"] != 1 || got.Outcomes["withdrawn"] != 1 || got.Failed != 1 || *got.Unchanged != 2 {
		t.Errorf("%s", p.stdout)
	}
	if a, b := fmt.Sprint(s.live("a")), fmt.Sprint(s.live("b")); a != "[bob cyd]" || b != "[ada bob zoe]" {
		t.Errorf("on a are %s, on b %s", a, b)
	}
	h.snapshot = nil
	s.must(text, "import FILE --sync --max-withdrawals 9")
	if b := fmt.Sprint(s.live("b")); b != "[bob cyd]" {
		t.Errorf("on b are %s", b)
	}
}

// However often a run is killed, the next one goes on, and the last one has the result of one whole run. The second course needs several
// commands.
func TestKilledSync(t *testing.T) {
	t.Parallel()
	s, old, text := newSchool(t).put("a 5", "b 2000", "c 5"), []string{"a old", "c old"}, []string{"a ada", "c ada"}
	for i := range 1500 {
		old, text = append(old, fmt.Sprint("b old", i)), append(text, fmt.Sprint("b new", i))
	}
	s.must(rows(old...), "import FILE")
	h := &hooked{Storage: s.Storage}
	s.Storage = h
	words := []string{"import", "FILE", "--sync", "--max-withdrawals", "100%", "--json"}
	for kills := 0; ; kills++ {
		if kills > 10 {
			t.Fatal("the run makes no progress")
		}
		ctx, cancel := context.WithCancel(t.Context())
		updates := 0
		h.update = func() error {
			if updates++; updates > 1 {
				cancel()
				return fmt.Errorf("%w: killed", ports.ErrUnavailable)
			}
			return nil
		}
		p := s.runIn(ctx, rows(text...), slices.Clone(words)...)
		cancel()
		if p.code == 0 {
			if kills < 2 {
				t.Errorf("it was killed %d times, want more", kills)
			}
			break
		}
		if got := read(t, p); p.code != 4 || got.Failed == 0 || !strings.Contains(p.stderr, "run the same command again") {
			t.Fatalf("exit %d, %+v, %s", p.code, got, p.stderr)
		}
	}
	for course, want := range map[domain.CourseID]int{"a": 1, "b": 1500, "c": 1} {
		if live := s.live(course); len(live) != want || slices.ContainsFunc(live, func(l string) bool { return strings.HasPrefix(l, "old") }) {
			t.Errorf("on %s are %d, want %d", course, len(live), want)
		}
	}
	h.update = nil
	if got := read(t, s.must(rows(text...), strings.Join(words, " "))); *got.Unchanged != 1502 || len(got.Outcomes) != 0 {
		t.Errorf("%+v", got)
	}
	s.must("", "check")
}

// After --sync, the live standings of the file's courses are those of its rows, without the rejected ones, and the same run again
// changes nothing. A dry run says before what will come out.
func TestSyncOfAnyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		s := &school{t, memstore.New(), dir}
		courses, learners := []string{"a", "b", "c", "none"}, []string{"l1", "l2", "l3", "l4", "l5", "l6"}
		for _, c := range courses[:3] {
			s.put(fmt.Sprint(c, " ", rapid.IntRange(0, 4).Draw(rt, "seats"), " ", rapid.Bool().Draw(rt, "waitlist")))
		}
		row := rapid.Custom(func(rt *rapid.T) string {
			action := rapid.SampledFrom([]string{"", "", "", "withdraw", "dance"}).Draw(rt, "action")
			return strings.Join([]string{rapid.SampledFrom(courses).Draw(rt, "course"), rapid.SampledFrom(learners).Draw(rt, "learner"), action}, " ")
		})
		s.run(rows(rapid.SliceOfN(row, 0, 20).Draw(rt, "before")...), "import FILE")
		if rapid.Bool().Draw(rt, "closed") {
			s.must("", "course put b --open false")
		}
		file := rapid.SliceOfN(row, 1, 20).Draw(rt, "file")
		before, last, spared := map[string][]string{}, map[string]string{}, map[string]bool{}
		for _, c := range courses[:3] {
			before[c] = s.live(domain.CourseID(c))
		}
		named := map[string]bool{}
		for _, r := range file {
			words := append(strings.Fields(r), "")
			if pair := words[0] + " " + words[1]; words[2] == "dance" {
				spared[pair] = true
			} else {
				last[pair], named[words[0]] = words[2], true
			}
		}
		const words = "import FILE --sync --max-withdrawals 100% --json --rejects "
		rejects := filepath.Join(dir, "rejects.csv")
		forecast := s.run(rows(file...), words+rejects+" --dry-run")
		done := s.run(rows(file...), words+rejects)
		first, predicted := read(t, done), read(t, forecast)
		text, err := os.ReadFile(rejects)
		if err != nil {
			rt.Fatal(err)
		}
		predicted.DryRun = false
		if a, b := flat(first), flat(predicted); a != b || done.code != forecast.code {
			rt.Errorf("the run prints %s, the dry run %s", a, b)
		}
		for _, c := range courses[:3] {
			var want []string
			for _, l := range learners {
				action, isNamed := last[c+" "+l]
				wanted := isNamed && action == "" && !strings.Contains(string(text), "\n"+c+","+l+",,")
				if !named[c] || !isNamed && spared[c+" "+l] {
					wanted = slices.Contains(before[c], l)
				}
				if wanted {
					want = append(want, l)
				}
			}
			if got := s.live(domain.CourseID(c)); !slices.Equal(got, want) {
				rt.Errorf("on %s are %v, want %v", c, got, want)
			}
		}
		second := read(t, s.run(rows(file...), words+rejects))
		if n := second.Outcomes["enrolled"] + second.Outcomes["waitlisted"] + second.Outcomes["withdrawn"]; n != 0 || *second.Unchanged+second.Rejected != len(file) {
			rt.Errorf("the second run prints %s", flat(second))
		}
		s.must("", "check")
	})
}

// flat returns a summary of --sync as text.
func flat(s summary) string {
	n := *s.Unchanged
	s.Unchanged = nil
	return fmt.Sprintf("%+v, %d unchanged", s, n)
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
