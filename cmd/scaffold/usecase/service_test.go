package usecase

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A copy of this service gets use cases and a further command, one after another. Then its generated code is current, and the tests of changed
// packages pass. The last run compiles what all have added. ROSTER_USECASES are the use cases, NAME, NAME:VERB or NAME+COMMAND; with it, each
// run compiles, and the tests run after each of them.
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
	var types []string
	for i, name := range names {
		name, further, _ := strings.Cut(name, "+")
		name, verb, _ := strings.Cut(name, ":")
		c := Command{Name: name, Verb: cmp.Or(verb, "put"), Further: further}
		var out bytes.Buffer
		before := snapshot(t)
		dry := c
		dry.DryRun = true
		if err := dry.Run(&out); err != nil || snapshot(t) != before {
			t.Fatalf("a dry run of %+v: %v, or a file has changed", c, err)
		}
		last := each || i == len(names)-1
		run := c.Run
		if !last {
			run = c.runWithoutBuild
		}
		if err := run(&out); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		t.Log(out.String())
		f, err := parseName(name, "", c.Verb)
		if err != nil {
			t.Fatal(err)
		}
		if types = append(types, f.Type); !last {
			continue
		}
		after := snapshot(t)
		for _, bad := range []Command{c, {Name: "type", Verb: "put"}, {Name: "emu", Verb: "text"}, {Name: "emu", Further: "revoke"}} {
			err := bad.Run(&out)
			if err == nil || strings.Contains(err.Error(), "\n") || snapshot(t) != after {
				t.Fatalf("%+v: got %v, or a file has changed", bad, err)
			}
		}
		requireServiceWorks(t, types, each)
	}
}

// runWithoutBuild does what Run does before and after it generates and compiles code.
func (c Command) runWithoutBuild(out io.Writer) error {
	p, err := planIn(".", c)
	if err != nil {
		return err
	}
	p.report(out, "added")
	return write(".", p.sorted())
}

// requireServiceWorks runs the steps of make check that use cases of these types affect, in the working directory. Of the packages with long
// tests, it runs those that the use cases have added, and those of what they have changed. With all, it also runs what reads the whole service.
func requireServiceWorks(t *testing.T, types []string, all bool) {
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
	added := strings.Join(types, "|")
	run("test", "./adapters/internal/sqlstore", "-run", "Isolation|Migrat|Schema|Role|Outcomes|Erasure|"+added)
	run("test", "./cmd/proof", "-run", added)
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
