package source_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// make fresh fails if a generator changes a file, whether git has it or not, if it makes a new one, and if git can't compare.
func TestFresh(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"git", "make", "sh"} {
		if _, err := exec.LookPath(program); err != nil || runtime.GOOS == "windows" {
			t.Skipf("NOT RUN: it needs %s, and programs that are scripts", program)
		}
	}
	makefiles, err := filepath.Glob("../../../cmd/*/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, makefile := range append(makefiles, "../../../Makefile") {
		text, err := os.ReadFile(makefile)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ before, generate, want string }{
			{"", "true", ""},
			{"", "echo 2 > old", "stale generated code"},
			{"", "echo 2 > untracked", "stale generated code"},
			{"", "echo 1 > new", "stale generated code"},
			{"", "rm old", "stale generated code"},
			{"rm -r .git && ", "true", "not a git repository"},
		} {
			dir, programs := t.TempDir(), t.TempDir()
			for file, text := range map[string]string{
				filepath.Join(dir, "Makefile"): string(text), filepath.Join(dir, "old"): "1\n", filepath.Join(dir, "untracked"): "1\n",
				filepath.Join(programs, "go"): "#!/bin/sh\n[ \"$1\" != generate ] || " + c.generate + "\n",
			} {
				if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			script := "git init -q && git add Makefile old && git -c user.name=n -c user.email=e commit -qm x && " + c.before +
				"PATH=\"$PROGRAMS:$PATH\" make --no-print-directory fresh"
			fresh := exec.CommandContext(t.Context(), "sh", "-c", script)
			fresh.Dir = dir
			fresh.Env = append(os.Environ(), "PROGRAMS="+programs, "GOTMPDIR="+programs, "MAKEFLAGS=", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
			if output, err := fresh.CombinedOutput(); (err == nil) != (c.want == "") || !strings.Contains(string(output), c.want) {
				t.Errorf("%s: %s%s: %v\n%s", makefile, c.before, c.generate, err, output)
			}
		}
	}
}
