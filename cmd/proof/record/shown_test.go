package record_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/record"
)

const root = "../../../"

// What the owner says to be shown by a test, a benchmark or a target of make is: it exists.
func TestWhatShowsExists(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	catches(t, func(r record.Record) (report []string) {
		check := func(what string, by []string) {
			for _, name := range by {
				if !shownBy(string(makefile), name) {
					report = append(report, fmt.Sprintf("%s: there is no %s", what, name))
				}
			}
		}
		for _, p := range r.Processes {
			check(p.Name, p.ShownBy)
		}
		for _, q := range r.Requirements {
			check(q.ID, q.ShownBy)
		}
		for _, m := range r.Mechanisms {
			check(m.Name, m.ShownBy)
		}
		return report
	},
		lie{"a process", func(r *record.Record) {
			r.Processes = append(r.Processes, record.Process{ShownBy: []string{"cmd/proof/saga_test.go:TestNothing"}})
		}, "there is no cmd/proof/saga_test.go:TestNothing"},
		lie{"a requirement", func(r *record.Record) { r.Requirements[0].ShownBy[0] = "cmd/proof/none_test.go:TestNothing" }, "FR-1: there is no"},
		lie{"a mechanism", func(r *record.Record) { r.Mechanisms[0].ShownBy[0] = "make gold" }, "there is no make gold"},
	)
}

// shownBy reports whether a target of make, or a function of a test file, exists.
func shownBy(makefile, name string) bool {
	if target, ok := strings.CutPrefix(name, "make "); ok {
		return regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).MatchString(makefile)
	}
	file, function, _ := strings.Cut(name, ":")
	text, err := os.ReadFile(root + file)
	return err == nil && strings.Contains(string(text), "\nfunc "+function+"(")
}
