package hostile_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	named  = regexp.MustCompile("`([^`]+_test\\.go):([A-Za-z0-9]+)`")
	reason = regexp.MustCompile(`\b(not here|yours|not shown here):`)
)

// Every test that docs/security.md names exists, and every row of its tables of risks names one, or says why there is none.
func TestSecurityPage(t *testing.T) {
	t.Parallel()
	const root = "../../../"
	page, err := os.ReadFile(root + "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	proved := 0
	for _, test := range named.FindAllStringSubmatch(string(page), -1) {
		proved++
		source, err := os.ReadFile(root + test[1])
		if err != nil || !strings.Contains(string(source), "\nfunc "+test[2]+"(") {
			t.Errorf("there is no %s in %s (%v)", test[2], test[1], err)
		}
	}
	_, tables, _ := strings.Cut(string(page), "## OWASP API")
	for _, row := range strings.Split(tables, "\n") {
		if !strings.HasPrefix(row, "| ") || strings.HasPrefix(row, "| ---") || strings.HasSuffix(row, "| shown by |") {
			continue
		}
		tests := named.FindAllStringSubmatch(row, -1)
		if len(tests) == 0 && !reason.MatchString(row) {
			t.Errorf("neither a test nor a reason: %s", row)
		}
		if strings.Count(row, "_test.go") != len(tests) {
			t.Errorf("a test is named in another form: %s", row)
		}
	}
	if proved < 50 {
		t.Errorf("the page names only %d tests", proved)
	}
}
