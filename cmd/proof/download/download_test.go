package download

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A result records how a test ended.
type result struct {
	testing.TB
	end string
}

func (*result) Helper()                 {}
func (r *result) Skipf(string, ...any)  { r.end = "skipped" }
func (r *result) Fatalf(string, ...any) { r.end = "failed" }

// A module that no server can be asked for is a reason to skip. A file that imports a module which go.mod or go.sum lacks is a fault.
func TestRequire(t *testing.T) {
	t.Parallel()
	const needs = "require example.com/other v1.0.0\n"
	for name, c := range map[string]struct{ mod, flags, proxy, want string }{
		"no network":       {needs, "-mod=mod", "http://127.0.0.1:1", "skipped"},
		"no proxy":         {needs, "-mod=mod", "off", "skipped"},
		"not in go.mod":    {"", "", "off", "failed"},
		"not in go.sum":    {needs, "", "off", "failed"},
		"no module needed": {needs + "replace example.com/other => ./other\n", "", "off", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range map[string]string{
				"go.mod": "module example.com/m\ngo 1.21\n" + c.mod, "m.go": "package m\nimport _ \"example.com/other\"\n",
				"other/go.mod": "module example.com/other\n", "other/other.go": "package other\n",
			} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
			list.Dir = dir
			list.Env = append(os.Environ(), "GOWORK=off", "GOTOOLCHAIN=local", "GOFLAGS="+c.flags, "GOSUMDB=off", "GOPROXY="+c.proxy)
			output, err := list.CombinedOutput()
			got := result{TB: t}
			if Require(&got, "example.com/other", output, err); got.end != c.want {
				t.Errorf("%q, want %q: %v\n%s", got.end, c.want, err, output)
			}
			t.Logf("%s", output)
		})
	}
}

// In the Makefile, too, only a network that is not there leaves a tool out.
func TestToolsOfMake(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil || runtime.GOOS == "windows" {
		t.Skip("NOT RUN: make and a POSIX shell run the recipes")
	}
	for reason, fails := range map[string]bool{
		"":                                      false,
		"dial tcp: lookup proxy: no such host":  false,
		`go.mod:3: unknown directive: requires`: true,
	} {
		dir := t.TempDir()
		program := "#!/bin/sh\necho go \"$@\"\ncase $1 in list) [ -z \"$REASON\" ] || { echo \"$REASON\" >&2; exit 1; } ;; esac\n"
		if err := os.WriteFile(filepath.Join(dir, "go"), []byte(program), 0o700); err != nil {
			t.Fatal(err)
		}
		vet := exec.CommandContext(t.Context(), "make", "--no-print-directory", "vet")
		vet.Dir = "../../.."
		path := dir + string(os.PathListSeparator) + os.Getenv("PATH")
		vet.Env = append(os.Environ(), "PATH="+path, "MAKEFLAGS=", "GOTMPDIR="+dir, "REASON="+reason)
		output, err := vet.CombinedOutput()
		text := string(output)
		if (err != nil) != fails || fails && !strings.Contains(text, reason) ||
			strings.Contains(text, "NOT RUN: gosec") == (fails || reason == "") || strings.Contains(text, "go run -modfile") == (reason != "") {
			t.Errorf("%q: %v\n%s", reason, err, text)
		}
	}
}
