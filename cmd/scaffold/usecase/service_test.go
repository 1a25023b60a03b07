package usecase_test

import (
	"bytes"
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

// A copy of this service gets use cases, one after another. Then go vet accepts it, its generated code is current, and the tests of
// changed packages pass. ROSTER_USECASES are the use cases, NAME or NAME:VERB; with it, the tests run after each of them.
func TestServiceGrows(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it builds and tests a whole service; make check runs it")
	}
	root := t.TempDir()
	copyTree(t, root)
	names := strings.Fields(os.Getenv("ROSTER_USECASES"))
	each := len(names) > 0
	if !each {
		names = []string{"stork", "API_key:issue"}
	}
	t.Chdir(root)
	for i, name := range names {
		name, verb, named := strings.Cut(name, ":")
		if !named {
			verb = "put"
		}
		var out bytes.Buffer
		before := snapshot(t)
		if err := (usecase.Command{Name: name, Verb: verb, DryRun: true}).Run(&out); err != nil || snapshot(t) != before {
			t.Fatalf("a dry run of %s: %v, or a file has changed", name, err)
		}
		if err := (usecase.Command{Name: name, Verb: verb}).Run(&out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Log(out.String())
		after := snapshot(t)
		for _, bad := range []usecase.Command{{Name: name, Verb: verb}, {Name: "type", Verb: "put"}, {Name: "emu", Verb: "text"}} {
			err := bad.Run(&out)
			if err == nil || strings.Contains(err.Error(), "\n") || snapshot(t) != after {
				t.Fatalf("%+v: got %v, or a file has changed", bad, err)
			}
		}
		if each || i == len(names)-1 {
			requireServiceWorks(t)
		}
	}
}

// requireServiceWorks runs the steps of make check that a use case affects, in the working directory.
func requireServiceWorks(t *testing.T) {
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
	run("vet", "./...")
	affected := []string{"test"}
	for _, folder := range []string{"domain", "application", "adapters/memstore", "adapters/httpapi", "adapters/cli", "adapters/observe",
		"cmd/proof/arch", "cmd/proof/contract", "cmd/proof/hexagon/drawing", "cmd/proof/hostile", "cmd/scaffold/usecase"} {
		if _, err := os.Stat(folder); err == nil {
			affected = append(affected, "./"+folder)
		}
	}
	run(affected...)
	run("test", "./adapters/internal/sqlstore", "-run", "Isolation|Migrat|Schema|Path|Role|s$")
	run("test", "./cmd/proof", "-run", "Parity|Isolation")
	if _, err := os.Stat("cmd/proof/record"); err == nil { // docs/service and the documents are old, until make generate
		run("test", "./cmd/proof/record", "-run", "Routes|Operations|Command|Tables|Access|Resolve|Packages")
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
