package domain_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/domain/domaintest"
)

// The rules, as one table: state × command → standing, events. It is the specification, and docs/rules.md is generated from it:
//
//	go test ./domain -run TestRules -update

// states are given as the commands that lead to them. On every course, ada enrolls first, then bob, then cyd.
var states = []struct{ name, script string }{
	{"no course", ""},
	{"a seat is free", "put capacity=2; enroll ada"},
	{"full", "put capacity=1; enroll ada"},
	{"full, two wait", "put capacity=1; enroll ada; enroll bob; enroll cyd"},
	{"full, no waitlist", "put capacity=1 waitlist=false; enroll ada"},
	{"full, no waitlist, two still wait", "put capacity=1; enroll ada; enroll bob; enroll cyd; put waitlist=false"},
	{"over capacity, one waits", "put capacity=2; enroll ada; enroll bob; enroll cyd; put capacity=1"},
	{"no seats at all", "put capacity=0"},
	{"closed, a seat is free", "put capacity=2; enroll ada; put open=false"},
	{"closed, a seat is free, two wait", "put capacity=1; enroll ada; enroll bob; enroll cyd; put open=false; put capacity=2"},
	{"a learner left", "put capacity=1; enroll ada; enroll bob; withdraw ada"},
}

// rules are the results of one command. The standing is the learner's, refused or not; "–" if there is none.
var rules = []struct{ state, command, refused, standing, events string }{
	{"no course", "enroll ada", "course_not_found", "–", ""},
	{"no course", "withdraw ada", "course_not_found", "–", ""},
	{"no course", "enroll ada seatOnly", "course_not_found", "–", ""},
	{"no course", "withdraw ada e2", "course_not_found", "–", ""},
	{"no course", "put", "course_not_found", "–", ""},
	{"no course", "put capacity=1 title=", "course_not_found", "–", ""},
	{"no course", "put capacity=1", "", "–", "course.opened"},
	{"no course", "put capacity=1 open=false", "", "–", "course.closed"},

	{"a seat is free", "enroll bob", "", "enrolled", "learner.enrolled bob"},
	{"a seat is free", "enroll ada", "already_enrolled", "enrolled", ""},
	{"a seat is free", "withdraw ada", "", "withdrawn", "learner.withdrawn ada"},
	{"a seat is free", "withdraw bob", "not_enrolled", "–", ""},
	{"a seat is free", "enroll bob seatOnly", "", "enrolled", "learner.enrolled bob"},
	{"a seat is free", "enroll ada seatOnly", "already_enrolled", "enrolled", ""},
	{"a seat is free", "withdraw ada e2", "", "withdrawn", "learner.withdrawn ada"},
	{"a seat is free", "withdraw ada e9", "enrollment_mismatch", "enrolled", ""},
	{"a seat is free", "withdraw bob e2", "not_enrolled", "–", ""},
	{"a seat is free", "rename ada zoe", "", "enrolled", "learner.renamed zoe"},
	{"a seat is free", "rename bob zoe", "not_enrolled", "–", ""},

	{"full", "enroll bob", "", "waitlisted 1", "learner.waitlisted bob"},
	{"full", "withdraw ada", "", "withdrawn", "learner.withdrawn ada"},
	{"full", "put", "", "–", ""},
	{"full", "put capacity=1", "", "–", ""},
	{"full", "put capacity=0", "", "–", "course.changed"},
	{"full", "put title=New", "", "–", "course.changed"},

	{"full, two wait", "enroll dan", "", "waitlisted 3", "learner.waitlisted dan"},
	{"full, two wait", "enroll ada", "already_enrolled", "enrolled", ""},
	{"full, two wait", "enroll dan seatOnly", "course_full", "–", ""},
	{"full, two wait", "enroll bob seatOnly", "already_waitlisted", "waitlisted", ""},
	{"full, two wait", "rename bob zoe", "", "waitlisted", "learner.renamed zoe"},
	{"full, two wait", "rename ada bob", "already_exists", "waitlisted", ""},
	{"full, two wait", "enroll bob", "already_waitlisted", "waitlisted", ""},
	{"full, two wait", "withdraw ada", "", "withdrawn", "learner.withdrawn ada, learner.promoted bob"},
	{"full, two wait", "withdraw bob", "", "withdrawn", "learner.withdrawn bob"},
	{"full, two wait", "withdraw dan", "not_enrolled", "–", ""},
	{"full, two wait", "put capacity=2", "", "–", "course.changed, learner.promoted bob"},
	{"full, two wait", "put capacity=9", "", "–", "course.changed, learner.promoted bob, learner.promoted cyd"},
	{"full, two wait", "put waitlist=false", "", "–", "course.changed"},
	{"full, two wait", "put open=false", "", "–", "course.closed"},
	{"full, two wait", "put open=false capacity=9", "", "–", "course.closed"},

	{"full, no waitlist", "enroll bob", "course_full", "–", ""},
	{"full, no waitlist", "enroll ada", "already_enrolled", "enrolled", ""},
	{"full, no waitlist", "put waitlist=true", "", "–", "course.changed"},

	{"full, no waitlist, two still wait", "enroll dan", "course_full", "–", ""},
	{"full, no waitlist, two still wait", "enroll cyd", "already_waitlisted", "waitlisted", ""},
	{"full, no waitlist, two still wait", "withdraw ada", "", "withdrawn", "learner.withdrawn ada, learner.promoted bob"},
	{"full, no waitlist, two still wait", "put capacity=3", "", "–", "course.changed, learner.promoted bob, learner.promoted cyd"},

	{"over capacity, one waits", "withdraw ada", "", "withdrawn", "learner.withdrawn ada"},
	{"over capacity, one waits", "enroll dan", "", "waitlisted 2", "learner.waitlisted dan"},
	{"over capacity, one waits", "put capacity=3", "", "–", "course.changed, learner.promoted cyd"},

	{"no seats at all", "enroll ada", "", "waitlisted 1", "learner.waitlisted ada"},
	{"no seats at all", "put waitlist=false", "", "–", "course.changed"},

	{"closed, a seat is free", "enroll bob", "course_closed", "–", ""},
	{"closed, a seat is free", "enroll bob seatOnly", "course_closed", "–", ""},
	{"closed, a seat is free", "rename ada zoe", "", "enrolled", "learner.renamed zoe"},
	{"closed, a seat is free", "enroll ada", "already_enrolled", "enrolled", ""},
	{"closed, a seat is free", "withdraw ada", "", "withdrawn", "learner.withdrawn ada"},
	{"closed, a seat is free", "put open=true", "", "–", "course.opened"},
	{"closed, a seat is free", "put capacity=9", "", "–", "course.changed"},

	{"closed, a seat is free, two wait", "enroll dan", "course_closed", "–", ""},
	{"closed, a seat is free, two wait", "withdraw ada", "", "withdrawn", "learner.withdrawn ada"},
	{"closed, a seat is free, two wait", "withdraw bob", "", "withdrawn", "learner.withdrawn bob"},
	{"closed, a seat is free, two wait", "put", "", "–", ""},
	{"closed, a seat is free, two wait", "put open=true", "", "–", "course.opened, learner.promoted bob"},
	{"closed, a seat is free, two wait", "put open=true capacity=3", "", "–", "course.opened, learner.promoted bob, learner.promoted cyd"},

	{"a learner left", "enroll ada", "", "waitlisted 1", "learner.waitlisted ada"},
	{"a learner left", "withdraw ada", "not_enrolled", "withdrawn", ""},
	{"a learner left", "withdraw ada e2", "not_enrolled", "withdrawn", ""},
	{"a learner left", "rename ada zoe", "", "withdrawn", "learner.renamed zoe"},
	{"a learner left", "rename bob ada", "already_exists", "withdrawn", ""},
	{"a learner left", "enroll bob", "already_enrolled", "enrolled", ""},
}

var update = flag.Bool("update", false, "write docs/rules.md")

func TestRules(t *testing.T) {
	for _, rule := range rules {
		t.Run(rule.state+"/"+rule.command, func(t *testing.T) {
			r := domain.NewRoster(domain.Course{ID: "c"}, nil, nil)
			for c := range strings.SplitSeq(stateScript(t, rule.state), "; ") {
				if c == "" {
					continue
				}
				if _, err := run(r, c); err != nil {
					t.Fatalf("%s: %v", c, err)
				}
			}
			before := r.Course
			decided, err := run(r, rule.command)

			refused := ""
			if err != nil {
				refused = err.Error()
			}
			var events []string
			for i, e := range decided.Events {
				events = append(events, strings.TrimSpace(fmt.Sprint(e.Type, " ", e.Learner)))
				if e.Sequence != before.Sequence+int64(i)+1 {
					t.Errorf("event %d has sequence %d after %d", i, e.Sequence, before.Sequence)
				}
			}
			if refused != rule.refused || standingText(decided) != rule.standing || strings.Join(events, ", ") != rule.events {
				t.Errorf("got %q, %q, %q; the rule is %q, %q, %q", refused, standingText(decided), strings.Join(events, ", "),
					rule.refused, rule.standing, rule.events)
			}
			if len(events) == 0 && r.Course != before {
				t.Errorf("without an event the course went from %+v to %+v", before, r.Course)
			}
			if r.Course.NeedsPromotion() {
				t.Errorf("a seat is free while a learner waits: %+v", r.Course)
			}
		})
	}
}

func stateScript(t *testing.T, name string) string {
	t.Helper()
	for _, s := range states {
		if s.name == name {
			return s.script
		}
	}
	t.Fatalf("no state %q", name)
	return ""
}

func standingText(d domain.Decision) string {
	switch {
	case d.Standing.Status == domain.None:
		return "–"
	case d.Position > 0:
		return fmt.Sprint(d.Standing.Status, " ", d.Position)
	}
	return string(d.Standing.Status)
}

// run runs one command in the notation of package domaintest.
func run(r *domain.Roster, command string) (domain.Decision, error) {
	at := time.Date(2026, 9, 1, 9, 0, 0, int(r.Course.Sequence)*1000, time.UTC)
	c, err := domaintest.Parse(command, r.Course.Exists())
	switch c.Verb {
	case "enroll":
		return r.Enroll(c.Learner, domain.EnrollmentID(fmt.Sprint("e", r.Course.Sequence+1)), c.SeatOnly, at)
	case "withdraw":
		return r.Withdraw(c.Learner, c.Enrollment, at)
	case "rename":
		before := len(r.Events())
		err := r.Rename(c.Learner, c.To, at)
		return domain.Decision{Standing: r.Standing(c.To), Events: r.Events()[before:]}, err
	case "put":
		return r.Put(c.Settings, at)
	}
	panic(err)
}

func TestRulesDocument(t *testing.T) {
	const file = "../docs/rules.md"
	var doc bytes.Buffer
	doc.WriteString(`# The rules

Generated from the table in domain/rules_test.go by ` + "`go test ./domain -run TestRules -update`" + `; the same table runs as a test.
The nth event of a course makes the enrollment en. A rename moves everything that a learner holds to another id.

`)
	for _, s := range states {
		fmt.Fprintf(&doc, "## %s\n\n", strings.ToUpper(s.name[:1])+s.name[1:])
		if s.script != "" {
			fmt.Fprintf(&doc, "After `%s`:\n\n", s.script)
		}
		doc.WriteString("| command | refused | standing | events |\n| --- | --- | --- | --- |\n")
		for _, r := range rules {
			if r.state == s.name {
				fmt.Fprintf(&doc, "| `%s` | %s | %s | %s |\n", r.command, r.refused, r.standing, r.events)
			}
		}
		doc.WriteString("\n")
	}
	doc.Truncate(doc.Len() - 1)
	if *update {
		if err := os.WriteFile(file, doc.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(committed, []byte("\r\n"), []byte("\n")), doc.Bytes()) {
		t.Error("docs/rules.md does not match the table: run go test ./domain -run TestRules -update")
	}
}

// Every state, every kind of refusal and every type of event has a rule.
func TestRulesAreComplete(t *testing.T) {
	for _, s := range states {
		if !slices.ContainsFunc(rules, func(r struct{ state, command, refused, standing, events string }) bool { return r.state == s.name }) {
			t.Errorf("no rule for the state %q", s.name)
		}
	}
	text := fmt.Sprint(rules)
	for _, kind := range domain.Kinds() {
		if kind != domain.ErrInvalidArgument && !strings.Contains(text, string(kind)) {
			t.Errorf("no rule refuses with %s", kind)
		}
	}
	for _, e := range []domain.EventType{domain.LearnerEnrolled, domain.LearnerWaitlisted, domain.LearnerWithdrawn,
		domain.LearnerPromoted, domain.LearnerRenamed, domain.CourseOpened, domain.CourseChanged, domain.CourseClosed} {
		if !strings.Contains(text, string(e)) {
			t.Errorf("no rule has the event %s", e)
		}
	}
}
