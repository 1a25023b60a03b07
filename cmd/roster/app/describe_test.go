package app

import (
	"strings"
	"testing"
)

// A format is refused if it would have no effect.
func TestDescribeRefusesAFormatWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--json"}, {"--impact", "courses"}} {
		out, code := runFor(t, append([]string{"describe", "--format", "markdown"}, flags...)...)
		if code != 2 || !strings.Contains(out, "--format markdown has no meaning with --json or --impact") {
			t.Errorf("%q: exit %d\n%s", flags, code, out)
		}
	}
}
