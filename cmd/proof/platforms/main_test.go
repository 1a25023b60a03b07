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
	type files map[string]string
	for name, c := range map[string]struct {
		files              files
		goos, goarch, want string
	}{
		"a file of its own":  {files{"a_windows.go": "package a\n\nvar x int = \"\"\n"}, "windows", "amd64", "a_windows.go:3:13"},
		"a missing function": {files{"b.go": "package a\n\nimport \"syscall\"\n\nvar x = syscall.Kill\n"}, "windows", "amd64", "undefined: syscall.Kill"},
		"a test":             {files{"a_test.go": "package a_test\n\nimport \"syscall\"\n\nvar x = syscall.Kill\n"}, "windows", "amd64", "undefined: syscall.Kill"},
		"a test's signature": {files{"a_windows_test.go": "package a\n\nfunc TestA() {}\n"}, "windows", "amd64", "wrong signature for TestA"},
		"32 bits":            {files{"b.go": "package a\n\nvar x int = 1 << 40\n"}, "linux", "386", "b.go:3:13"},
		"no fault there":     {files{"a_windows.go": "package a\n\nvar x int = \"\"\n"}, "darwin", "arm64", ""},
		"no Go":              {files{"b.go": "package a\n\nfunc {\n"}, "darwin", "arm64", "b.go:3:6"},
		"a missing package":  {files{"a_windows.go": "package a\n\nimport _ \"a/b\"\n"}, "windows", "amd64", "package a/b is not in std"},
		"an empty package": {files{"b.go": "package a\n\nimport _ \"a/b\"\n", "b/b_linux.go": "package b\n"}, "windows", "amd64",
			"build constraints exclude all Go files"},
		"a library": {files{
			"b.go": "package a\n\nimport _ \"b\"\n", "go.mod": "module a\n\ngo 1.26\n\nrequire b v0.0.0\n\nreplace b => ./b\n",
			"b/go.mod": "module b\n\ngo 1.26\n", "b/b.go": "package b\n\nvar X int = 1 << 40\n",
		}, "linux", "386", "b.go:3:13"},
		"a file to embed": {files{"a_windows.go": "package a\n\nimport _ \"embed\"\n\n//go:embed none\nvar x string\n"}, "windows", "amd64",
			"pattern none: no matching files found"},
		"no main": {files{"b/b.go": "package main\n", "b/b_linux.go": "package main\n\nfunc main() {}\n"}, "windows", "amd64", "a program without"},
		"a main":  {files{"b/b.go": "package main\n", "b/b_linux.go": "package main\n\nfunc main() {}\n"}, "linux", "386", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.files["go.mod"] == "" {
				c.files["go.mod"] = "module a\n\ngo 1.26\n"
			}
			c.files["a.go"] = "package a\n"
			for name, text := range c.files {
				file := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			checked, err := check(dir, c.goos, c.goarch)
			if c.want == "" && (err != nil || checked == 0) || c.want != "" && (err == nil || strings.Count(err.Error(), c.want) != 1) {
				t.Errorf("%d packages, %v, want %q", checked, err, c.want)
			}
		})
	}
}
