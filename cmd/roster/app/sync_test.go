package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestSync(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 3", "b 2 false", "c 9")
	s.must(rows("a ada", "a bob", "a cyd", "a dan", "a eve", "b ada", "b bob", "c zoe"), "import FILE")
	// On a, ada, bob and cyd have seats, dan and eve wait; zoe is on c, which the file does not name.
	text := rows("a eve", "a fay", "a cyd", "a bob withdraw", "b cyd", "b dan", "a gus withdraw", "none ada", "a fay", "b", "b bob dance")
	rejects := filepath.Join(s.dir, "rejects.csv")
	for i, words := range []string{"--dry-run", "", ""} {
		p := s.run(text, "import FILE --sync --json --max-withdrawals 4 --allow-rejects invalid_row --rejects "+rejects+" "+words)
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
				counts := fmt.Sprintf("withdraw %d of the %d learners on its courses", c.withdrawn, c.live)
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

// The rows of a course need several commands. Newcomers get seats in the order of their rows, not of their names.
func TestLargeSync(t *testing.T) {
	t.Parallel()
	s, old, text := newSchool(t).put("a 1200", "b 5"), []string{"b old"}, []string{"b old"}
	for i := range 2100 {
		old, text = append(old, fmt.Sprintf("a old%04d", i)), append(text, fmt.Sprintf("a new%04d", 2099-i))
	}
	s.must(rows(old...), "import FILE")
	got := read(t, s.must(rows(text...), "import FILE --sync --max-withdrawals 2100 --json"))
	if got.Outcomes["withdrawn"] != 2100 || got.Outcomes["enrolled"] != 1200 || got.Outcomes["waitlisted"] != 900 || *got.Unchanged != 1 || got.Promoted != 0 {
		t.Errorf("%+v", got)
	}
	for learner, want := range map[domain.LearnerID]domain.Status{"new2099": domain.Enrolled, "new0900": domain.Enrolled, "new0899": domain.Waitlisted} {
		if got, err := s.Standing(t.Context(), "default", "a", learner); err != nil || got.Status != want {
			t.Errorf("%s is %s, %v, want %s", learner, got.Status, err, want)
		}
	}
	s.must("", "check")
}

// A file that changes while it is imported is reported: its rows are read once more for the summary.
func TestSyncOfAFileThatChanges(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"other rows": rows("a bob", "b eve"), "no rows": "", "another header": "course,person\na,ada\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t).put("a 5")
			h := &hooked{Storage: s.Storage}
			h.snapshot = func() {
				if err := os.WriteFile(filepath.Join(s.dir, "rows.csv"), []byte(text), 0o600); err != nil {
					t.Error(err)
				}
			}
			s.Storage = h
			if p := s.run(rows("a ada"), "import FILE --sync"); p.code != 2 || !strings.Contains(p.stderr, "file must not change") || fmt.Sprint(s.live("a")) != "[ada]" {
				t.Errorf("exit %d, %s%s, %v", p.code, p.stdout, p.stderr, s.live("a"))
			}
		})
	}
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
		if kills == 10 {
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

// No learner whose id is in an invalid row is withdrawn, unless a valid row says so.
func TestSyncSparesAllWhomAnInvalidRowMayName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	learners := []string{"l1", "l2", "l3", "lé", "l5"}
	spoilt := []func(row string) string{
		func(row string) string { return row + ",more" },
		func(row string) string { return strings.Replace(row, ",", ";", 1) },
		func(row string) string { return row + "\"x" },
		func(row string) string { return "\"" + row },
		func(row string) string { return strings.Replace(row, ",", ",\xff", 1) },
		func(row string) string { return strings.Replace(row, "a,", ",", 1) },
		func(row string) string { return strings.TrimSuffix(row, ",") },
		func(row string) string { return row + "dance" },
		func(row string) string { return strings.ReplaceAll(row, "é", "\xe9") + "?" },
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := &school{t, memstore.New(), dir}
		s.put("a 9")
		s.must(rows("a l1", "a l2", "a l3", "a lé", "a l5"), "import FILE")
		text, spared := rows("a new"), map[string]bool{}
		for _, l := range rapid.SliceOfNDistinct(rapid.SampledFrom(learners), 1, 5, rapid.ID).Draw(rt, "learners") {
			row := "a," + l + ","
			if rapid.Bool().Draw(rt, "is spoilt") {
				row, spared[l] = rapid.SampledFrom(spoilt).Draw(rt, "how")(row), true
			}
			text += row + "\n"
		}
		p := s.run(text, "import FILE --sync --max-withdrawals 100%")
		for l := range spared {
			if !slices.Contains(s.live("a"), l) {
				rt.Errorf("%s is withdrawn by %q: exit %d, %s%s", l, text, p.code, p.stdout, p.stderr)
			}
		}
		if len(spared) > 0 && p.code != 3 {
			rt.Errorf("exit %d for %q", p.code, text)
		}
	})
}

// flat returns a summary of --sync as text.
func flat(s summary) string {
	n := *s.Unchanged
	s.Unchanged = nil
	return fmt.Sprintf("%+v, %d unchanged", s, n)
}
