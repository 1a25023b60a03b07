package overlay

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program is built with a function that says more, and its source stays as it is.
func TestBuildsWithAnInsertion(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	source := "package main\n\ntype T struct{}\n\nfunc (*T) say() { println(1) }\n\nfunc main() { new(T).say() }\n"
	for name, text := range map[string]string{"go.mod": "module m\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace, err := In(root, Insertion{File: "main.go", Function: "T.say", Import: `os_ "os"`, Code: "os_.Stderr.WriteString(os_.Getenv(\"HOME\"));"})
	if err != nil {
		t.Fatal(err)
	}
	program, err := Build{Root: root, Dir: t.TempDir(), Package: ".", Replace: replace}.Program(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), program)
	run.Env = append(os.Environ(), "HOME=home")
	if output, err := run.CombinedOutput(); err != nil || string(output) != "home1\n" {
		t.Errorf("%v: %q", err, output)
	}
	if text, err := os.ReadFile(filepath.Join(root, "main.go")); err != nil || string(text) != source {
		t.Errorf("%v: the source is %q", err, text)
	}
	if _, err := (Build{Root: root, Dir: t.TempDir(), Package: ".", Replace: map[string][]byte{filepath.Join(root, "main.go"): []byte("package main")}}).Program(t.Context()); err == nil {
		t.Error("no error for a program without main")
	}
}

func TestAMissingFunctionIsAnError(t *testing.T) {
	t.Parallel()
	for _, function := range []string{"T.other", "say", "T.external"} {
		_, err := Insertion{File: "a.go", Function: function}.Into([]byte("package a\n\nfunc (*T) say() {}\n\nfunc (*T) external()\n"))
		if err == nil || !strings.Contains(err.Error(), "a.go has no function "+function) {
			t.Errorf("%s: %v", function, err)
		}
	}
	if _, err := In(t.TempDir(), Insertion{File: "a.go"}); err == nil {
		t.Error("no error for a missing file")
	}
}
