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

// make fresh fails if a generator changes a file, and if it makes a new one.
func TestFresh(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"git", "make", "sh"} {
		if _, err := exec.LookPath(program); err != nil || runtime.GOOS == "windows" {
			t.Skipf("NOT RUN: it needs %s, and programs that are scripts", program)
		}
	}
	makefile, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for generate, fresh := range map[string]bool{"true": true, "echo 2 > old": false, "echo 1 > new": false} {
		dir, programs := t.TempDir(), t.TempDir()
		for file, text := range map[string]string{
			filepath.Join(dir, "Makefile"): string(makefile), filepath.Join(dir, "old"): "1\n",
			filepath.Join(programs, "go"): "#!/bin/sh\n[ \"$1\" != generate ] || " + generate + "\n",
		} {
			if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		script := "git init -q && git add . && git -c user.name=n -c user.email=e commit -qm x && " +
			"PATH=\"$PROGRAMS:$PATH\" make --no-print-directory fresh"
		c := exec.CommandContext(t.Context(), "sh", "-c", script)
		c.Dir, c.Env = dir, append(os.Environ(), "PROGRAMS="+programs, "GOTMPDIR="+programs, "MAKEFLAGS=")
		if output, err := c.CombinedOutput(); (err == nil) != fresh || !fresh && !strings.Contains(string(output), "stale generated code") {
			t.Errorf("%s: %v\n%s", generate, err, output)
		}
	}
}
