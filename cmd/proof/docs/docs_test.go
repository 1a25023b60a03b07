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

// Every command that the README and the documents show does what they show.
func TestDocuments(t *testing.T) {
	t.Parallel()
	needShell(t)
	const root = "../../../"
	documents, err := filepath.Glob(root + "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents = append(documents, root+"README.md")
	bin := t.TempDir()
	args := append([]string{"build", "-o", bin + string(filepath.Separator)}, flags()...)
	build := exec.Command("go", append(args, root+"cmd/roster")...)
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build roster: %v\n%s", err, output)
	}
	proved := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), "\n```console") {
			continue
		}
		proved++
		t.Run(filepath.Base(document), func(t *testing.T) {
			t.Parallel()
			if err := run(t, string(text), bin); err != nil {
				t.Errorf("%s: %v", filepath.Base(document), err)
			}
		})
	}
	if proved == 0 {
		t.Error("no document shows a command, so nothing was proved")
	}
}

func run(t *testing.T, markdown, bin string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return docs.Run(ctx, markdown, t.TempDir(), bin)
}

func needShell(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("NOT RUN: the documents' commands need a POSIX shell, and there is no sh on PATH")
	}
}

// flags are those that this test was built with: what the program is made of has been compiled that way already.
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
