package proof_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// After the import of a complete file, the courses have the file's learners on every store, and those alone. The tests of cmd/roster/app
// interrupt it.
func TestSync(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		const learners, changed = 1500, 1200
		courses := []string{"large", "small-1", "small-2"}
		var old, text strings.Builder
		want := make(map[string][]string)
		for _, c := range courses {
			s.must(t, "", "course", "put", c, "--title", c, "--capacity", fmt.Sprint(learners/2))
			n := learners
			if c != "large" {
				n = 20
			}
			for i := range n {
				fmt.Fprintf(&old, "%s,l-%06d\n", c, i)
				learner := fmt.Sprintf("l-%06d", i+changed)
				fmt.Fprintf(&text, "%s,%s\n", c, learner)
				want[c] = append(want[c], learner)
			}
		}
		const header = "course_id,learner_id\n"
		s.must(t, header+old.String(), "import", "-")
		file := filepath.Join(t.TempDir(), "complete.csv")
		if err := os.WriteFile(file, []byte(header+text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		sync := []string{"import", file, "--sync", "--max-withdrawals", "100%", "--json"}
		tried := read[summary](t, s.must(t, "", append(sync, "--dry-run")...))
		got := read[summary](t, s.must(t, "", sync...))
		tried.DryRun = false
		if tried.Seconds, got.Seconds = 0, 0; tried.text() != got.text() || got.Rows != learners+40 {
			t.Errorf("the run reports %+v, the dry run before it %+v", got, tried)
		}
		again := read[summary](t, s.must(t, "", sync...))
		if len(again.Outcomes) > 0 || again.Unchanged != learners+40 {
			t.Errorf("the second run reports %+v", again)
		}
		for _, c := range courses {
			live := slices.DeleteFunc(allStandings(t, s.open(t), domain.CourseID(c), ""), func(r ports.RankedStanding) bool { return !r.Live() })
			got := names(live)
			if slices.Sort(got); !slices.Equal(got, want[c]) {
				t.Errorf("%s has %d learners, want the %d of the file", c, len(got), len(want[c]))
			}
		}
		s.mustCheck(t)
	})
}
