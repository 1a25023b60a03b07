package proof_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	block   = regexp.MustCompile("(?ms)^```(sh|console)\n(.*?)^```$")
	link    = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	command = regexp.MustCompile(`^\$ (.*)`)
)

// readme returns the text of the README, and its folder.
func readme(t *testing.T) (text, root string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this service is part of another module, which has some of its files")
	}
	return strings.ReplaceAll(string(file), "\r\n", "\n"), root
}

func TestReadmeLinks(t *testing.T) {
	t.Parallel()
	text, root := readme(t)
	for _, l := range link.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, l[1])); err != nil {
			t.Error(err)
		}
	}
}

// The commands of the README run in its order, and print what it shows.
func TestReadmeCommands(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it builds the program; make check runs it")
	}
	t.Parallel()
	text, root := readme(t)
	script, want := "set -e\nexport ROSTER_DATA_DIR="+t.TempDir()+" ROSTER_ADDR=127.0.0.1:0\n", ""
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		if b[1] == "sh" {
			script += "{\n" + b[2] + "} >&2\n"
			continue
		}
		for line := range strings.Lines(b[2]) {
			if c := command.FindStringSubmatch(line); c != nil {
				script += c[1] + "\n"
			} else {
				want += line
			}
		}
	}
	shell := exec.Command("sh", "-c", script)
	shell.Dir = t.TempDir() // a copy, since the commands write files
	if err := os.CopyFS(shell.Dir, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	shell.Stderr = &log
	output, err := shell.Output()
	if err != nil || string(output) != want {
		t.Errorf("%v, printed\n%s\nwant\n%s\n%s", err, output, want, log.String())
	}
}
