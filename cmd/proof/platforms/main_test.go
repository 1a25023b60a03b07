package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What only another system's compiler would refuse is found.
func TestFaultsOfOtherSystemsAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, text, goos, goarch, want string
	}{
		"a file of its own":  {"a_windows.go", "package a\n\nvar x int = \"\"\n", "windows", "amd64", "a_windows.go:3:13"},
		"a missing function": {"a.go", "package a\n\nimport \"syscall\"\n\nvar x = syscall.Kill\n", "windows", "amd64", "undefined: syscall.Kill"},
		"a test":             {"a_test.go", "package a_test\n\nimport \"syscall\"\n\nvar x = syscall.Kill\n", "windows", "amd64", "undefined: syscall.Kill"},
		"32 bits":            {"a.go", "package a\n\nvar x int = 1 << 40\n", "linux", "386", "a.go:3:13"},
		"no fault there":     {"a_windows.go", "package a\n\nvar x int = \"\"\n", "darwin", "arm64", ""},
		"no Go":              {"a.go", "package a\n\nfunc {\n", "darwin", "arm64", "a.go:3:6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{"go.mod": "module a\n\ngo 1.26\n", "any.go": "package a\n", c.file: c.text} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			checked, err := check(dir, c.goos, c.goarch)
			if c.want == "" && (err != nil || checked == 0) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%d packages, %v, want %q", checked, err, c.want)
			}
		})
	}
}
