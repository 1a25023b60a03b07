package create

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"example.com/roster/cmd/proof/arch"
)

// maxBareLines is for the non-blank lines of hand-written Go, comments included, without tests and the suite of the stores.
const maxBareLines = 4000

// A bare service is small. It obeys the architecture's table, and its document shows its imports. No package is made of two.
func TestBareService(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	tree, err := New{Bare: true, Usecase: "sample-note"}.selectParts(template)
	if err != nil {
		t.Fatal(err)
	}
	module, err := tree.parse()
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	own, other := make(map[string]bool), make(map[string]bool)
	for _, f := range module.Files {
		if template.has(path.Join(bareFolder, f.Path)) {
			own[f.Folder()] = true
		} else {
			other[f.Folder()] = true
		}
		if f.Test() || f.Generated() || f.Folder() == "ports/portstest" {
			continue
		}
		for line := range bytes.Lines(f.Text) {
			lines += min(1, len(bytes.TrimSpace(line)))
		}
	}
	for folder := range own {
		if other[folder] {
			t.Errorf("%s has files of the template and of %s: each package must be one or the other", folder, bareFolder)
		}
	}
	if lines > maxBareLines {
		t.Errorf("it has %d lines, at most %d are allowed", lines, maxBareLines)
	}
	t.Logf("lines: %d", lines)
	for _, violation := range arch.Check(module, arch.Table) {
		if !strings.HasSuffix(violation, "matches no file: remove or correct it") { // a row of the template
			t.Error(violation)
		}
	}
	if m := regexp.MustCompile(`postgres|npm|chromium|nginx`).FindString(tree[".ci/run"] + tree[".github/workflows/ci.yml"]); m != "" {
		t.Errorf("CI installs %s, which it does not use", m)
	}
	edited := maps.Clone(template)
	if err := removePart(edited, template, "bare"); err != nil {
		t.Fatal(err)
	}
	bare, err := bareTree(edited)
	if err != nil {
		t.Fatal(err)
	}
	put := strings.NewReplacer("Revise", "Put", "revise", "put") // what changes with a name that does not
	for file := range tree {
		if template.has(path.Join(bareFolder, file)) && path.Ext(file) != ".go" && tree[file] != put.Replace(bare[file]) {
			t.Errorf("%s/%s is old, or has forms of the use case's name that are none: want\n%s", bareFolder, file, tree[file])
		}
	}
}

// make test turns cgo, which CI has off, on for the race detector, if there is a C compiler.
func TestBareRaceDetector(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil || runtime.GOOS == "windows" {
		t.Skip("NOT RUN: make and a POSIX shell run the recipes")
	}
	for compiler, found := range map[string]bool{"true": true, "no-compiler": false} {
		c := exec.CommandContext(t.Context(), "make", "--no-print-directory", "-n", "test")
		c.Dir, c.Env = "../../bare", append(os.Environ(), "CC="+compiler, "CGO_ENABLED=0", "MAKEFLAGS=")
		output, err := c.CombinedOutput()
		if err != nil || strings.Contains(string(output), "CGO_ENABLED=1 go test -race ") != found || strings.Contains(string(output), "-race") != found {
			t.Errorf("with CC=%s: %v\n%s", compiler, err, output)
		}
	}
}

// Each form of the name of the use case becomes that of the other name.
func TestBareUsecase(t *testing.T) {
	t.Parallel()
	tree, err := bareTree(readTemplate(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]string{
		"API_key": {
			"domain/apikey.go":              "// An APIKeyID is unique within a tenant.\ntype APIKeyID string",
			"adapters/httpapi/openapi.yaml": "/v1/api-keys/{apiKeyId}:",
			"adapters/cli/apikey.go":        `json:"apiKeyId"`,
			"adapters/cli/commands.go":      `Group("api-key", "Put and show api keys.", APIKeyCommands(open)...)`,
		},
		"story": {
			"adapters/sqlite/migrations/00001_story.sql": "CREATE TABLE stories (",
			"adapters/httpapi/server.go":                 "ports.Stories",
		},
	} {
		named, err := nameUsecase(tree, name, "")
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range want {
			if !strings.Contains(named[file], text) {
				t.Errorf("%s: %s lacks %s", name, file, text)
			}
		}
		old := regexp.MustCompile(`(?i)sample.?note|(?://|#) (?:keys|limits): `) // and marks of its lines
		for file, text := range named {
			if old.MatchString(file+text) && !within(file, "cmd/scaffold") {
				t.Errorf("%s: %s has %s", name, file, old.FindString(file+text))
			}
		}
	}
	if named, err := nameUsecase(tree, "staff", "staff-members"); err != nil || !strings.Contains(named["adapters/httpapi/openapi.yaml"], "/v1/staff-members/{staffId}:") {
		t.Errorf("a plural of its own: %v", err)
	}
	for _, name := range []string{"problem", "serve", "migrate", "token", "version", "type", "a b", ""} { // types, commands, none
		if _, err := nameUsecase(tree, name, ""); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
