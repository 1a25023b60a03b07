//go:build unix

package create

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// In a repository with a workspace, the service has no repository of its own, and what new prints works.
func TestServiceInAMonorepo(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("it takes a minute: set ROSTER_LONG=1")
	}
	t.Parallel()
	mono := monorepo(t)
	dir := filepath.Join(mono, "services", "booking")
	var out strings.Builder
	c := New{Module: "example.com/mono/services/booking", Dir: dir}
	if err := c.createFrom(readTemplate(t), "v1.2.3", &out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		t.Error("the service has a repository of its own")
	}
	inWorkspace := func(args ...string) (output string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), args[0], args[1:]...)
		command.Dir, command.Env = dir, append(os.Environ(), "GOWORK=")
		text, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, text)
		}
		return string(text)
	}
	if !strings.Contains(out.String(), "go work use .") || !strings.Contains(out.String(), "repository "+mono) {
		t.Errorf("new prints\n%s", out.String())
	}
	inWorkspace("make", "arch") // before the workspace has the module
	inWorkspace("go", "work", "use", ".")
	inWorkspace("go", "run", "./cmd/scaffold", "usecase", "note")
	names, err := NamesOf(c.Module)
	if err != nil {
		t.Fatal(err)
	}
	inWorkspace("go", "vet", "./domain")
	createdService{t, cell{New: c}, names}.firstRun()
	inWorkspace("git", "add", "--all", mono)
	inWorkspace("make", "fresh")
	if index := inWorkspace("git", "ls-files", "--stage", "--full-name", mono); strings.Contains(index, "160000 ") || !strings.Contains(index, "services/booking/go.mod") {
		t.Errorf("git has staged\n%.2000s", index)
	}
}
