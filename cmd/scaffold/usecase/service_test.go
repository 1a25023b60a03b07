package usecase_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/cmd/scaffold/usecase"
)

// A copy of this service gets use cases and a further command, one after another. Then go vet accepts it, its generated code is current, and
// the tests of changed packages pass. ROSTER_USECASES are the use cases, NAME, NAME:VERB or NAME+COMMAND; with it, the tests run after each
// of them.
func TestServiceGrows(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it builds and tests a whole service; make check runs it")
	}
	root := t.TempDir()
	copyTree(t, root)
	names := strings.Fields(os.Getenv("ROSTER_USECASES"))
	each := len(names) > 0
	if !each {
		names = []string{"stork", "API_key:issue", "api-key+revoke"}
	}
	t.Chdir(root)
	for i, name := range names {
		name, further, _ := strings.Cut(name, "+")
		name, verb, _ := strings.Cut(name, ":")
		c := usecase.Command{Name: name, Verb: cmp.Or(verb, "put"), Further: further}
		var out bytes.Buffer
		before := snapshot(t)
		dry := c
		dry.DryRun = true
		if err := dry.Run(&out); err != nil || snapshot(t) != before {
			t.Fatalf("a dry run of %+v: %v, or a file has changed", c, err)
		}
		if err := c.Run(&out); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		t.Log(out.String())
		after := snapshot(t)
		for _, bad := range []usecase.Command{c, {Name: "type", Verb: "put"}, {Name: "emu", Verb: "text"}, {Name: "emu", Further: "revoke"}} {
			err := bad.Run(&out)
			if err == nil || strings.Contains(err.Error(), "\n") || snapshot(t) != after {
				t.Fatalf("%+v: got %v, or a file has changed", bad, err)
			}
		}
		if each || i == len(names)-1 {
			requireServiceWorks(t, each)
		}
	}
}

// requireServiceWorks runs the steps of make check that a use case affects, in the working directory. With all, it also runs those that read
// the whole service.
func requireServiceWorks(t *testing.T, all bool) {
	t.Helper()
	run := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Env = append(os.Environ(), "ROSTER_LONG=")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
		}
	}
	before := snapshot(t)
	run("generate", "./ports", "./adapters/httpapi")
	if snapshot(t) != before {
		t.Fatal("generated code differs from the generators' output")
	}
	affected := []string{"test"}
	folders := []string{"domain", "application", "adapters/memstore", "adapters/httpapi", "adapters/cli", "adapters/observe", "cmd/proof/arch", "cmd/proof/contract"}
	if all {
		run("vet", "./...") // the command has done so with what it changes
		folders = append(folders, "cmd/proof/hexagon/drawing", "cmd/proof/hostile", "cmd/scaffold/usecase")
	}
	for _, folder := range folders {
		if _, err := os.Stat(folder); err == nil {
			affected = append(affected, "./"+folder)
		}
	}
	run(affected...)
	run("test", "./adapters/internal/sqlstore", "-run", "Isolation|Migrat|Schema|Path|Role|s$")
	run("test", "./cmd/proof", "-run", "Parity|Isolation|Forgets")
	if _, err := os.Stat("cmd/proof/record"); err == nil { // the first step is one of make generate
		run("test", "./cmd/proof/record", "-run", "^(TestOperations|TestCommandCalls|TestPrivacyDocument)$", "-update")
		run("test", "./cmd/proof/record", "-run", "Routes|Operations|Command|Tables|Access|Resolve|Packages|PersonalData")
	}
}

// copyTree copies the service that contains this package, without hidden files and data folders.
func copyTree(t *testing.T, to string) {
	t.Helper()
	const from = "../../.."
	err := fs.WalkDir(os.DirFS(from), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), "-data"):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot returns the names and the checksums of all files below the working directory.
func snapshot(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		fmt.Fprintf(&all, "%s %x\n", name, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
