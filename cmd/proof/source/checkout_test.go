package source_test

import (
	"os/exec"
	"strings"
	"testing"
)

// .gitattributes decides the line ends of every file, so that a checkout has the same bytes on every system: text is committed and
// checked out with LF, and binary files are marked.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--eol")
	list.Dir = "../../.."
	output, err := list.CombinedOutput()
	if err != nil {
		t.Skipf("NOT RUN: git does not list the files of this checkout: %v: %s", err, output)
	}
	files := 0
	for line := range strings.Lines(string(output)) {
		facts, file, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		_, attribute, _ := strings.Cut(facts, "attr/")
		index := strings.Fields(facts)[0]
		switch strings.TrimSpace(attribute) {
		case "text=auto eol=lf":
			if index != "i/lf" && index != "i/none" {
				t.Errorf("%s is not text with LF alone (%s): run git add --renormalize, or mark it in .gitattributes", file, index)
			}
		case "-text":
		default:
			t.Errorf("%s has the attribute %q: .gitattributes must decide its line ends", file, attribute)
		}
		files++
	}
	if files == 0 {
		t.Error("git lists no files")
	}
}
