package proof_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The table of time limits in docs/operations.md says what the code says.
func TestTimeLimits(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(document), "\n| wait | limit | in |\n| --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := regexp.MustCompile(`(?m)^\| .* \| ([0-9]+) (s|min) \| \[[a-z_]+\.go\]\((\S+)\) `+"`([A-Za-z]+)` "+`\|$`).FindAllStringSubmatch(table, -1)
	if all := strings.Count(table, "\n") + 1; len(rows) != all || all < 5 {
		t.Fatalf("of the %d rows of the table, %d are readable", all, len(rows))
	}
	units := map[string]time.Duration{"Second": time.Second, "Minute": time.Minute}
	for _, row := range rows {
		code, err := os.ReadFile(filepath.Join("../../docs", row[3]))
		if err != nil {
			t.Error(err)
			continue
		}
		found := regexp.MustCompile(`(?m)^(?:const)?\s*` + row[4] + `\s*[=:]\s*([0-9]+) ?\* ?time\.(Second|Minute)\b`).FindSubmatch(code)
		if found == nil {
			t.Errorf("%s has no limit %s", row[3], row[4])
			continue
		}
		want, _ := time.ParseDuration(string(found[1]) + "ns") // digits
		got, _ := time.ParseDuration(row[1] + strings.TrimSuffix(row[2], "in"))
		if want*units[string(found[2])] != got {
			t.Errorf("%s: %s is %s * %s, and the table says %s %s", row[3], row[4], found[1], found[2], row[1], row[2])
		}
	}
}
