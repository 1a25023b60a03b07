package record_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/hexagon/drawing"
)

var update = flag.Bool("update", false, "write docs/service")

// published are the files of docs/service, with the format of each.
var published = map[string]string{
	"README.md":         "markdown",
	"bom.json":          "cyclonedx",
	"catalog-info.yaml": "backstage",
	"model.c4":          "likec4",
	"record.json":       "json",
}

// docs/service has the record of the program as it is now. To write it:
//
//	go test ./cmd/proof/record -run '^TestServiceIsFresh$' -update
func TestServiceIsFresh(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: docs/service is of the program for Linux, which is linked from other libraries")
	}
	folder := filepath.Join(root, "docs", "service")
	if _, err := os.Stat(folder); err != nil && !*update {
		t.Skip("NOT RUN: docs/service does not exist yet; make generate writes it")
	}
	program := buildProgram(t)
	for name, format := range published {
		fresh, err := exec.CommandContext(t.Context(), program, "describe", "--format", format).Output()
		if err != nil {
			t.Fatal(err)
		}
		requireText(t, "docs/service/"+name, string(fresh))
	}
}

// requireBlock fails unless a document has the block between the markers of that name. With -update, it writes the block.
func requireBlock(t *testing.T, document, name, block string) {
	t.Helper()
	text, err := os.ReadFile(root + document)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := drawing.Between(strings.ReplaceAll(string(text), "\r\n", "\n"), name, block)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	requireText(t, document, fresh)
}

// requireText fails unless a file has the text. With -update, it writes the file.
func requireText(t *testing.T, file, fresh string) {
	t.Helper()
	path := filepath.FromSlash(root + file)
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(fresh), 0o644)); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text, err := os.ReadFile(path); err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != fresh {
		t.Errorf("%s is not up to date (%v): run make generate; want\n%.4000s", file, err, fresh)
	}
}
