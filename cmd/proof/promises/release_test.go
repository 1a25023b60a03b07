package promises_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/contract"
	"example.com/roster/cmd/roster/app"
)

// section matches a section of the changelog up to the next one: its title, such as Unreleased, and its text.
var section = regexp.MustCompile(`(?s)\n## \[([^]]+)\][^\n]*\n(.*?)\n(## \[.*)`)

// isRelease reports whether a changelog is that of the release: the version's section is the newest, and nothing is unreleased.
func isRelease(changelog, version string) bool {
	m := section.FindStringSubmatch(changelog)
	return m != nil && m[1] == "Unreleased" && strings.TrimSpace(m[2]) == "" && strings.HasPrefix(m[3], "## ["+version+"]")
}

// A release makes all additions part of the promise, as docs/versioning.md says.
func TestReleasePromisesAdditions(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		text, err := os.ReadFile("../../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	if !isRelease(read("CHANGELOG.md"), app.Version) {
		return // additions may still change
	}
	if read("adapters/httpapi/openapi.yaml") != read("adapters/httpapi/baseline.yaml") {
		t.Error("baseline.yaml lacks additions: cp adapters/httpapi/openapi.yaml adapters/httpapi/baseline.yaml")
	}
	now, err := contract.Exported("example.com/roster", os.DirFS("../../.."), contract.Embedded...)
	if err != nil {
		t.Fatal(err)
	}
	promised := strings.Split(read("cmd/proof/contract/testdata/exported.txt"), "\n")
	for _, line := range now {
		if !slices.Contains(promised, line) {
			t.Errorf("exported.txt lacks %s: go test ./cmd/proof/contract -run Embedders -update", line)
		}
	}
}

func TestIsRelease(t *testing.T) {
	t.Parallel()
	for changelog, want := range map[string]bool{
		"# Changelog\n\n## [Unreleased]\n\n## [v0.2.0] - 2026-11-28\n\n- A.\n\n## [v0.1.0] - 2026-11-27\n": true,
		"# Changelog\n\n## [Unreleased]\n\n- B.\n\n## [v0.2.0] - 2026-11-28\n\n- A.\n":                     false,
		"# Changelog\n\n## [Unreleased]\n\n## [v0.3.0] - 2026-11-28\n\n- A.\n\n## [v0.2.0] - 2026-11-27\n": false,
		"# Changelog\n\n## [v0.2.0] - 2026-11-28\n\n- A.\n\n## [v0.1.0] - 2026-11-27\n":                    false,
	} {
		if got := isRelease(changelog, "v0.2.0"); got != want {
			t.Errorf("%t, want %t, for\n%s", got, want, changelog)
		}
	}
}
