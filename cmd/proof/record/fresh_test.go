package record_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
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
		path := filepath.Join(folder, name)
		if *update {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, fresh, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if text, err := os.ReadFile(path); err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != string(fresh) {
			t.Errorf("docs/service/%s is not the record of the program (%v): run make generate", name, err)
		}
	}
}
