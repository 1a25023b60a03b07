package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A row that cannot be read may name any learner: --sync changes nothing.
func TestSyncStopsAtARowThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, flags string
		line        int
	}{
		"too many fields":              {"course_id;learner_id\nq;q1\nq;q2;a;b\n", "", 3},
		"too few fields":               {"course_id;x;learner_id\nq;;q1\nq;q2\n", "", 3},
		"a quote in another column":    {"course_id,learner_id,note\nq,q1,\nq,q2,5\" disk\"x\"\n", "", 3},
		"a quote that is not closed":   {"course_id,learner_id,note\nq,q1,\nq,q2,\"x\n", "", 3},
		"no learner":                   {"course_id,learner_id\nq,q1\nq,\n", "", 3},
		"windows-1252":                 {"course_id,learner_id\nq,q1\nq,q\xe9\n", "", 3},
		"UTF-8 as another encoding":    {"course_id,learner_id\nq,q1\nq,q\x81\n", "--encoding windows-1252", 3},
		"a line that is too long":      {"course_id,learner_id,note\nq,q1,\nq,q2," + strings.Repeat("x", 70_000) + "\n", "", 3},
		"NDJSON without its end":       {"{\"courseId\":\"q\",\"learnerId\":\"q1\"}\n{\"courseId\":\"q\",\"learnerId\":\"q2\"\n", "--format ndjson", 2},
		"NDJSON with a number":         {"{\"courseId\":\"q\",\"learnerId\":\"q1\"}\n{\"courseId\":\"q\",\"learnerId\":2}\n", "--format ndjson", 2},
		"NDJSON that is not an object": {"{\"courseId\":\"q\",\"learnerId\":\"q1\"}\n[\"q\",\"q2\"]\n", "--format ndjson", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t).put("q 9")
			s.must(rows("q q1", "q q2", "q qé"), "import FILE")
			before := s.sequence("q")
			flags := "import FILE --sync --max-withdrawals 100% " + c.flags
			says := fmt.Sprintf("roster: line %d cannot be read, so whom it names is not known: nothing was changed; correct the line, or pass --allow-rejects invalid_row", c.line)
			for _, more := range []string{"", " --dry-run", " --allow-rejects 9"} {
				if p := s.run(c.text, flags+more); p.code != 3 || !strings.Contains(p.stderr, says) || s.sequence("q") != before {
					t.Errorf("%s: exit %d, %s%s, %v", more, p.code, p.stdout, p.stderr, s.live("q"))
				}
			}
			if s.must(c.text, flags+" --allow-rejects invalid_row"); fmt.Sprint(s.live("q")) != "[q1]" {
				t.Errorf("on q are %v", s.live("q"))
			}
		})
	}
}

// A row whose ids are readable is about one learner, whatever else is wrong with it: the learner stays, and the others are compared.
func TestSyncKeepsThoseWhoAreInAnInvalidRow(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("q 9")
	s.must(rows("q q1", "q q2", "q q3"), "import FILE")
	for text, flags := range map[string]string{
		rows("q q1", "q q2 dance"):                                         "",
		"course_id,learner_id,a,b\nq,q1,1,0\nq,q2,1,1\n":                   "--enroll-if a=1 --withdraw-if b=1",
		string(s.must("", "list q --csv").stdout) + "q,q2,x,gone,,4,now\n": "",
	} {
		text = strings.Replace(text, "q,q3,", "q,q1,", 1)
		p := s.run(text, "import FILE --sync --dry-run --json --max-withdrawals 100% "+flags)
		if got := read(t, p); p.code != 3 || got.Outcomes["invalid_row"] != 1 || strings.Contains(text, "dance") && got.Outcomes["withdrawn"] != 1 {
			t.Errorf("%q: exit %d, %s%s", text, p.code, p.stdout, p.stderr)
		}
	}
}

// The accepted rows are lost if the rejects replace the imported file, and --sync of rejects withdraws all others.
func TestRejectsAreNotTheImportedFile(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 9", "b 9")
	s.must(rows("a ada", "b bob"), "import FILE")
	text := rows("a cyd", "none ada")
	for _, words := range []string{"import FILE", "import FILE --dry-run", "import FILE --sync --max-withdrawals 9", "import FILE --sync --dry-run", "course import FILE"} {
		text := text
		if strings.HasPrefix(words, "course import") {
			text = "course_id,title,capacity\nnew,New,1\n"
		}
		file := filepath.Join(s.dir, "rows.csv")
		p := s.run(text, words+" --rejects "+file)
		after, err := os.ReadFile(file)
		if p.code != 2 || !strings.Contains(p.stderr, "--rejects must not be the imported file") || err != nil || string(after) != text {
			t.Errorf("%s: exit %d, %s%s\n%s", words, p.code, p.stdout, p.stderr, after)
		}
	}
	text = strings.TrimSuffix(rows(), "\n") + ",row,code,detail\na,zoe,,7,course_full,no seat\n"
	for _, more := range []string{"", " --dry-run", " --course b --allow-rejects invalid_row"} {
		p := s.run(text, "import FILE --sync --max-withdrawals 100%"+more)
		if p.code != 2 || !strings.Contains(p.stderr, "is never complete: import it without --sync") || fmt.Sprint(s.live("a"), s.live("b")) != "[ada] [bob]" {
			t.Errorf("exit %d, %s%s, %v", p.code, p.stdout, p.stderr, s.live("a"))
		}
	}
	s.must(text, "import FILE --rejects "+filepath.Join(s.dir, "rows.csv"))
}

// The first learners who are withdrawn are named: by a run and a dry run, with --json, and if the limit stops the run.
func TestSyncNamesWhomItWithdraws(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 9", "b 9")
	s.must(rows("a l1", "a l2", "a l3", "a l4", "b l5", "b l6", "b l7", "b l8"), "import FILE")
	text := rows("a l1", "b l5 withdraw", "b new")
	p := s.run(text, "import FILE --sync")
	const first = "; the first are l2 from a, l3 from a, l4 from a, l5 from b, l6 from b; check"
	if p.code != 3 || !strings.Contains(p.stderr, first) {
		t.Errorf("exit %d, %s", p.code, p.stderr)
	}
	want := "withdrawn: l2 from a\nwithdrawn: l3 from a\nwithdrawn: l4 from a\nwithdrawn: l5 from b\nwithdrawn: l6 from b\nand 2 more learners are withdrawn\n"
	for _, more := range []string{" --dry-run", " --dry-run --json", ""} {
		if p := s.must(text, "import FILE --sync --max-withdrawals 7"+more); p.stderr != want {
			t.Errorf("%s: %s", more, p.stderr)
		}
	}
	if p := s.must(text, "import FILE --sync"); p.stderr != "" {
		t.Errorf("without changes: %s", p.stderr)
	}
	if p := s.must(rows("b new withdraw"), "import FILE"); p.stderr != "" {
		t.Errorf("without --sync: %s", p.stderr)
	}
}

// A run that uses no row is not a success, and --sync does not withdraw all learners because of a condition.
func TestNoRowIsUsed(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 9")
	s.must(rows("a ada"), "import FILE")
	for _, more := range []string{"", " --dry-run", " --sync --course a --max-withdrawals 100%"} {
		p := s.run(rows("a ada", "a bob")+",,\n", "import FILE --only action=x"+more)
		if p.code != 3 || !strings.HasPrefix(p.stderr, "roster: no row was used: the conditions leave out all 2;") || !strings.HasSuffix(p.stderr, "(no_row_used)\n") || fmt.Sprint(s.live("a")) != "[ada]" {
			t.Errorf("%s: exit %d, %s%s", more, p.code, p.stdout, p.stderr)
		}
	}
	if p := s.must(rows("a bob withdraw", "a bob")+",,\n", "import FILE --only action="); !strings.HasSuffix(p.stdout, "; 2 skipped (1 blank)\n") {
		t.Errorf("%s", p.stdout)
	}
}

// A name that decides in another language is not recognised: a mapped file without conditions names the columns that are not read.
func TestAMappedFileNamesColumnsThatAreNotRead(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 9")
	const text, says = "Kurs,Person,Zustand\na,ada,x\n", "columns not read: Zustand; if one of them decides, name it with --only, --enroll-if or --withdraw-if\n"
	const mapped = "import FILE --map course_id=Kurs,learner_id=Person"
	if p := s.must(text, mapped); p.stderr != says {
		t.Errorf("%s", p.stderr)
	}
	for _, words := range []string{mapped + " --only Zustand=x", mapped + " --withdraw-if Zustand=weg", mapped + " --ignore-column Zustand"} {
		if p := s.must(text, words+" --allow-rejects already_enrolled"); strings.Contains(p.stderr, "columns not read") {
			t.Errorf("%s: %s", words, p.stderr)
		}
	}
}

// hold stores a learner with a seat, as versions did that allowed white space around ids.
func (s *school) hold(course domain.CourseID, learner domain.LearnerID) {
	s.Helper()
	need := ports.Need{Tenant: "default", Courses: []ports.NeedCourse{{ID: course, Learners: []domain.LearnerID{learner}}}}
	if err := s.Update(s.Context(), need, func(loaded ports.Loaded) (ports.Changes, error) {
		r := loaded.Rosters[0]
		enrolled, err := r.Enroll(learner, domain.EnrollmentID("e-"+learner), false, time.Unix(0, 0).UTC())
		if err != nil {
			return ports.Changes{}, err
		}
		return ports.Changes{
			Courses: []domain.Course{r.Course}, Standings: []domain.Standing{enrolled.Standing},
			Journal: []ports.Entry{{ID: fmt.Sprint("j-", r.Course.Sequence), Correlation: "c-1", Event: enrolled.Events[0]}},
		}, nil
	}); err != nil {
		s.Fatal(err)
	}
}

// A learner who is stored with white space around the id is neither withdrawn nor given a second seat if a row names that learner.
func TestSyncKeepsIDsWithWhiteSpace(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 9")
	s.hold("a", "ada ")
	s.hold("a", "bob")
	live := fmt.Sprint(s.live("a"))
	for flag, format := range map[string]string{"--csv": "csv", "--json": "ndjson"} {
		text := s.must("", "list a "+flag).stdout
		got := read(t, s.must(text, "import FILE --sync --json --max-withdrawals 100% --format "+format))
		if *got.Unchanged != 2 || got.Rows != 2 || fmt.Sprint(s.live("a")) != live {
			t.Errorf("%s: %+v, %s", flag, got, s.live("a"))
		}
		p := s.run(text, "import FILE --allow-rejects already_enrolled --format "+format)
		if p.code != 3 || !strings.Contains(p.stderr, `learnerId must not begin or end with white space, got "ada " (invalid_row)`) || fmt.Sprint(s.live("a")) != live {
			t.Errorf("%s: exit %d, %s%s%s", flag, p.code, p.stdout, p.stderr, s.live("a"))
		}
		p = s.run(strings.ReplaceAll(text, "bob", " bob"), "import FILE --sync --max-withdrawals 100% --dry-run --format "+format)
		if p.code != 3 || !strings.Contains(p.stderr, `learnerId must not begin or end with white space, got " bob" (invalid_row)`) {
			t.Errorf("%s, not stored: exit %d, %s%s", flag, p.code, p.stdout, p.stderr)
		}
	}
	for _, action := range []string{"", " withdraw"} {
		p := s.run(rows("a ada"+action, "a bob"), "import FILE --sync --max-withdrawals 100%")
		if p.code != 3 || !strings.Contains(p.stderr, `"ada " is stored with white space around it; rename it with: roster rename OLD NEW (invalid_row)`) || fmt.Sprint(s.live("a")) != live {
			t.Errorf("%s: exit %d, %s%s%s", action, p.code, p.stdout, p.stderr, s.live("a"))
		}
	}
	s.hold("a", "ada") // then the other one is in no row
	for range 2 {
		if s.must(rows("a ada", "a bob"), "import FILE --sync --max-withdrawals 1"); fmt.Sprint(s.live("a")) != "[ada bob]" {
			t.Errorf("%s", s.live("a"))
		}
		s.hold("a", "cyd ") // is in no row, with white space or without
	}
	s.must("", "check")
}

// A course that only skipped rows name is not of the file: it stays as it is, unless --course names it, and is counted.
func TestSyncOfACourseInSkippedRowsOnly(t *testing.T) {
	t.Parallel()
	s := newSchool(t).put("a 5", "b 5", "c 5")
	s.must(rows("a ada", "b bob", "c cyd"), "import FILE")
	text := rows("a ada", "a eve withdraw", "b bob withdraw", "b bob withdraw", "c cyd withdraw")
	p := s.must(text, "import FILE --sync --only action=")
	if !strings.Contains(p.stdout, "; 4 skipped; 2 courses are in skipped rows only, and stay as they are\n") || len(s.live("b"))+len(s.live("c")) != 2 {
		t.Errorf("%s%s, %v, %v", p.stdout, p.stderr, s.live("b"), s.live("c"))
	}
	got := read(t, s.must(text, "import FILE --sync --only action= --course b --max-withdrawals 1 --json"))
	if got.SkippedCourses != 1 || got.Outcomes["withdrawn"] != 1 || len(s.live("b")) != 0 || len(s.live("c")) != 1 {
		t.Errorf("%+v, %v, %v", got, s.live("b"), s.live("c"))
	}
}
