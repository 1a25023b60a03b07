package rule_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/roster/exercise/signup/rule"
)

func TestRule(t *testing.T) {
	open := rule.Course{Capacity: 2, Open: true, Waitlist: true}
	with := func(c rule.Course, seats, waiting int) rule.Course {
		c.Seats, c.Waiting = seats, waiting
		return c
	}
	noWaitlist := rule.Course{Capacity: 2, Open: true}
	closed := rule.Course{Capacity: 2, Waitlist: true}
	for _, is := range []struct {
		name    string
		decide  func(rule.Course, string) rule.Decision
		course  rule.Course
		held    string
		want    rule.Decision
		because string
	}{
		{"enroll, a seat is free", rule.Enroll, with(open, 1, 0), "", rule.Decision{Course: with(open, 2, 0), Status: "enrolled"}, "the learner gets the seat"},
		{"enroll again", rule.Enroll, with(open, 1, 0), "withdrawn", rule.Decision{Course: with(open, 2, 0), Status: "enrolled"}, "a learner who left may come back"},
		{"enroll, full", rule.Enroll, with(open, 2, 1), "", rule.Decision{Course: with(open, 2, 2), Status: "waitlisted"}, "the learner waits at the end"},
		{"enroll, a seat is free and one waits", rule.Enroll, with(open, 1, 1), "", rule.Decision{Course: with(open, 1, 2), Status: "waitlisted"}, "a newcomer does not overtake those who wait"},
		{"enroll, full, no waitlist", rule.Enroll, with(noWaitlist, 2, 0), "", rule.Decision{Refused: "course_full"}, "there is no place to wait"},
		{"enroll, closed", rule.Enroll, with(closed, 0, 0), "", rule.Decision{Refused: "course_closed"}, "a closed course gives no seat"},
		{"enroll twice", rule.Enroll, with(closed, 1, 0), "enrolled", rule.Decision{Refused: "already_enrolled"}, "this is refused first, on a closed course too"},
		{"enroll while waiting", rule.Enroll, with(open, 2, 1), "waitlisted", rule.Decision{Refused: "already_waitlisted"}, "the learner waits already"},
		{"withdraw, no one waits", rule.Withdraw, with(open, 2, 0), "enrolled", rule.Decision{Course: with(open, 1, 0), Status: "withdrawn"}, "the seat is free"},
		{"withdraw, two wait", rule.Withdraw, with(open, 2, 2), "enrolled", rule.Decision{Course: with(open, 2, 1), Status: "withdrawn", Promote: true}, "the first who waits gets the seat"},
		{"withdraw from the waitlist", rule.Withdraw, with(open, 2, 2), "waitlisted", rule.Decision{Course: with(open, 2, 1), Status: "withdrawn"}, "that frees no seat"},
		{"withdraw, closed, two wait", rule.Withdraw, with(closed, 2, 2), "enrolled", rule.Decision{Course: with(closed, 1, 2), Status: "withdrawn"}, "a closed course promotes no one"},
		{"withdraw, nothing held", rule.Withdraw, with(open, 2, 0), "", rule.Decision{Refused: "not_enrolled"}, "there is nothing to give up"},
		{"withdraw twice", rule.Withdraw, with(open, 1, 0), "withdrawn", rule.Decision{Refused: "not_enrolled"}, "there is nothing to give up"},
	} {
		got := is.decide(is.course, is.held)
		if is.want.Refused != "" { // a refusal changes nothing, and the rest of the decision does not count
			is.want.Course, is.want.Status = is.course, got.Status
		}
		if got != is.want {
			t.Errorf("%s (course %+v, held %q): %s.\n got  %+v\n want %+v", is.name, is.course, is.held, is.because, got, is.want)
		}
	}
}

// The packages that compute, and reach nothing outside the program.
var pure = []string{"cmp", "errors", "fmt", "maps", "math", "slices", "sort", "strconv", "strings"}

func TestRuleIsPure(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			if name, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(pure, name) {
				t.Errorf("%s imports %s: then the rule can't serve an entry point or a database that has no use for that package", file, name)
			}
		}
	}
}
