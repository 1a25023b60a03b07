// Package download lets a test skip what it cannot download without a network. Every other failure of a download fails the test.
package download

import (
	_ "embed"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

//go:embed unreachable.txt
var lines string

// unreachable matches what go and npm print if they reach no server. The Makefile has grep read the same file.
var unreachable = regexp.MustCompile(strings.Join(strings.Fields(strings.ReplaceAll(lines, " ", `\x20`)), "|"))

// Require requires that a command which may download something has succeeded. If it has reached no server, the test is skipped.
func Require(t testing.TB, what string, output []byte, err error) {
	t.Helper()
	switch {
	case err == nil:
	case unreachable.Match(output):
		t.Skipf("NOT RUN: %s cannot be downloaded: %s", what, output)
	default:
		t.Fatalf("%s: %v\n%s", what, err, output)
	}
}

// Packages runs npm's command ci or install in a folder. Without Node or a network, the test is skipped.
func Packages(t testing.TB, dir, command string) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT RUN: %s is not on PATH", program)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", command, "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	output, err := npm.CombinedOutput()
	Require(t, "packages of npm", output, err)
}
