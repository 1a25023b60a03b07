//go:build unix

package create

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A new service moves to version 5 of echo by the commands of its docs/echo-v5.md, in order.
func TestEchoV5(t *testing.T) {
	if os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it takes minutes, and downloads other modules than the template's: set ROSTER_MATRIX=1, or run make scaffold-matrix")
	}
	services := map[string]New{
		"bare":    {Module: "example.com/acme/diary", Bare: true, Usecase: "page"},
		"default": {Module: "example.com/acme/booking"},
		"words":   {Module: "example.com/acme/airline", Words: airline, Without: []string{"record"}},
	}
	template := readTemplate(t)
	for name, c := range services {
		t.Run(name, func(t *testing.T) {
			c.Dir = filepath.Join(t.TempDir(), "made")
			var out strings.Builder
			if err := c.createFrom(template, "v1.2.3", &out); err != nil {
				t.Fatal(err)
			}
			inShell(t, c.Dir, blocksOf(t, filepath.Join(c.Dir, "docs", "echo-v5.md")))
			if text, err := in(c.Dir).Run("git", "grep", "-n", "labstack/echo/v4", "--", "*.go", "go.mod", ":!*/record/*"); err == nil {
				t.Errorf("echo v4 is left:\n%s", text)
			}
			if text, err := in(c.Dir).Run("gofmt", "-l", "adapters/httpapi"); err != nil || text != "" {
				t.Errorf("gofmt: %v\n%s", err, text)
			}
			if !c.Bare {
				inShell(t, c.Dir, "go test ./cmd/proof/contract ./cmd/proof/hostile ./cmd/proof/guard\n"+
					"go test -run '^Test(Parity|Isolation|ServesTLS|OneTrace|Metrics)$' ./cmd/proof\n")
			}
		})
	}
}

// What docs/echo-v5.md says about both versions of echo is so.
func TestEchoDifferences(t *testing.T) {
	if os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it downloads other modules than the template's: set ROSTER_MATRIX=1, or run make scaffold-matrix")
	}
	t.Parallel()
	page, err := os.ReadFile("../../../docs/echo-v5.md")
	if err != nil {
		t.Fatal(err)
	}
	const folder = "testdata/echo/"
	cases, err := os.ReadFile(folder + "echo_test.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| --- | --- | --- | --- |\n")
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(table, -1)
	if len(rows) == 0 || len(rows) != strings.Count(string(cases), "[2]string{\"") {
		t.Errorf("the page has %d rows", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(string(cases), `"`+row[1]+`": `) {
			t.Errorf("the row %q has no case", row[1])
		}
	}
	versions := regexp.MustCompile(`echo (4\.\S+) and (5\.\d+\.\d+)`).FindStringSubmatch(string(page))
	if versions == nil {
		t.Fatal("the page names no two versions")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "echo_test.go"), cases, 0o600); err != nil {
		t.Fatal(err)
	}
	inShell(t, dir, "go mod init echo\ngo get github.com/labstack/echo/v4@v"+versions[1]+" github.com/labstack/echo/v5@v"+versions[2]+"\ngo mod tidy\ngo test\n")
}

// blocksOf returns the commands of a document.
func blocksOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	return script.String()
}

// inShell runs commands in a folder, until one fails.
func inShell(t *testing.T, dir, commands string) {
	t.Helper()
	command := exec.Command("sh", "-ec", commands)
	command.Dir, command.Env = dir, append(os.Environ(), "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
