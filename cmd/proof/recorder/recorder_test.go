package recorder

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/hexagon/drawing"
	"example.com/roster/cmd/proof/source"
)

const (
	root         = "../../.."
	tour         = "docs/tour.md"
	architecture = drawing.Document
)

var update = flag.Bool("update", false, "write what is recorded into "+tour+" and "+architecture)

// docs/tour.md lists the files and functions that one enrollment over HTTP passes, and docs/architecture.md has diagrams of it and of a saga.
// To write them:
//
//	go test ./cmd/proof/recorder -update
func TestDocumentsHaveWhatIsRecorded(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("NOT RUN: it stops the program with an interrupt, which Windows does not have")
	}
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	program, err := Build(t.Context(), absolute, t.TempDir(), "./cmd/roster")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("enrollment", func(t *testing.T) {
		calls := enroll(t, program)
		requireFresh(t, tour, "path", table(Entries(calls)))
		requireFresh(t, architecture, "enrollment", Sequence(calls))
	})
	t.Run("saga", func(t *testing.T) {
		partner, err := Build(t.Context(), absolute, t.TempDir(), "./cmd/example/payments")
		if err != nil {
			t.Fatal(err)
		}
		requireFresh(t, architecture, "saga", Sequence(compensate(t, program, partner)))
	})
}

// requireFresh requires that a document has a block between the markers of a view, or writes it there.
func requireFresh(t *testing.T, document, view, block string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(document))
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	fresh, err := drawing.Between(text, view, block)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if fresh != text {
		t.Errorf("%s has an old recording: run go test ./cmd/proof/recorder -update; want\n%s", document, block)
	}
}

// table returns a Markdown table with a row for each file.
func table(entries []Entry) string {
	var b strings.Builder
	b.WriteString("| package | file | functions |\n| --- | --- | --- |\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "| %s | [%s](../%s) | %s |\n", path.Dir(e.File), path.Base(e.File), e.File, strings.Join(e.Functions, ", "))
	}
	return b.String()
}

func TestEveryFunctionIsInstrumented(t *testing.T) {
	t.Parallel()
	tree, err := source.Read(fstest.MapFS{
		"go.mod": {Data: []byte("module m\n")},
		"domain/a.go": {Data: []byte("package domain\n\nimport \"fmt\"\n\nvar hook = func() { fmt.Println() }\n\n" +
			"func (s *Set[T]) Add() {\n\tgo func() {}()\n}\n\nfunc external()\n")},
		"domain/b.go":      {Data: []byte("package domain\n\nconst Max = 1\n")},
		"domain/a_test.go": {Data: []byte("package domain\n")},
		"cmd/bench/a.go":   {Data: []byte("package bench\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"domain/a.go": `package domain; import entered_ "m/cmd/proof/recorder/entered"

import "fmt"

var hook = func() {entered_.Function("m", "domain/a.go", "hook"); fmt.Println() }

func (s *Set[T]) Add() {entered_.Function("m", "domain/a.go", "Set.Add");
	go func() {entered_.Function("m", "domain/a.go", "Set.Add");}()
}

func external()
`,
		"domain/b.go": "package domain\n\nconst Max = 1\n",
	}
	for _, file := range tree.Files {
		text, ok := want[file.Path]
		if ok != Recorded(file) {
			t.Errorf("%s is recorded: %t", file.Path, !ok)
		}
		if got := string(instrument(tree.Module, file)); ok && got != text {
			t.Errorf("%s is\n%s\nwant\n%s", file.Path, got, text)
		}
	}
}

func TestAnOldPathIsReported(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "record")
	if err := os.WriteFile(file, []byte("b/b.go B - r\na/a.go T.A b r\nb/b.go C a r\nb/b.go B a r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	calls, err := ReadCalls(file)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n<!-- path:begin -->\n| package | file | functions |\n| --- | --- | --- |\n| b | [b.go](../b/b.go) | B, C |\n| a | [a.go](../a/a.go) | T.A |\n<!-- path:end -->\nafter\n"
	old := "before\n<!-- path:begin -->\nold\n<!-- path:end -->\nafter\n"
	if got, err := drawing.Between(old, "path", table(Entries(calls))); err != nil || got != want {
		t.Errorf("%v, %s\nwant\n%s", err, got, want)
	}
}
