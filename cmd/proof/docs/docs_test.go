package docs_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"example.com/roster/cmd/proof/docs"
)

// Every command in the README and the documents has the output that they show.
func TestDocuments(t *testing.T) {
	t.Parallel()
	needShell(t)
	documents, err := filepath.Glob(root + "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents = append(documents, root+"README.md")
	bin := programs(t)
	shown := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), "\n```console") || filepath.Base(document) == "your-own-store.md" { // TestOwnStore runs its scripts, too
			continue
		}
		if filepath.Base(document) == "teaching.md" { // TestTeaching runs it in the checkout
			continue
		}
		shown++
		t.Run(filepath.Base(document), func(t *testing.T) {
			t.Parallel()
			if err := run(t, string(text), bin); err != nil {
				t.Errorf("%s: %v", filepath.Base(document), err)
			}
		})
	}
	if shown == 0 {
		t.Error("no document has a command")
	}
}

// programs returns the folder of the program: that of ROSTER_TEST_BINARY, or of a new build. git may refuse to read the checkout,
// if it belongs to another user.
func programs(t *testing.T) string {
	t.Helper()
	if program := os.Getenv("ROSTER_TEST_BINARY"); program != "" {
		return filepath.Dir(program)
	}
	bin := t.TempDir()
	args := append([]string{"build", "-buildvcs=false", "-o", bin + string(filepath.Separator)}, flags()...)
	build := exec.Command("go", append(args, root+"cmd/roster")...)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build roster: %v\n%s", err, output)
	}
	return bin
}

func run(t *testing.T, markdown, bin string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return docs.Run(ctx, markdown, t.TempDir(), bin)
}

// root is the repository's folder.
const root = "../../../"

// eachDocument calls use for each document of the repository. The lines of its text end with LF.
func eachDocument(t *testing.T, use func(document, text string)) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/adr/*.md"} {
		documents, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			text, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			use(document, strings.ReplaceAll(string(text), "\r\n", "\n"))
		}
	}
}

func needShell(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("NOT RUN: the documents' commands need a POSIX shell, but sh is not on PATH")
	}
}

// flags returns the build flags of this test: the packages of the program are already compiled with them.
func flags() (all []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		if s.Key == "-race" || s.Key == "-gcflags" {
			all = append(all, s.Key+"="+s.Value)
		}
	}
	return all
}
