package patch_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/learn/patch"
)

const change = `What it does.

diff --git a/a.go b/a.go
index 1..2 100644
--- a/a.go
+++ b/a.go
@@ -2,3 +2,3 @@ func a() {
 one
-two
+second
 three
@@ -9,2 +9,3 @@
 eight
+and a half
 nine
diff --git a/new/b.go b/new/b.go
new file mode 100644
--- /dev/null
+++ b/new/b.go
@@ -0,0 +1,2 @@
+package b
+
diff --git a/c.go b/c.go
deleted file mode 100644
--- a/c.go
+++ /dev/null
@@ -1 +0,0 @@
-package c
`

func parse(t *testing.T, text string) patch.Patch {
	t.Helper()
	p, err := patch.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func tree(files ...string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

func TestApply(t *testing.T) {
	t.Parallel()
	p := parse(t, change)
	if p.Note != "What it does." {
		t.Errorf("note %q", p.Note)
	}
	for name, a := range map[string]string{
		"as it was":       "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n",
		"moved":           "new\nnew\nzero\none\ntwo\nthree\neight\nnine\n",
		"of Windows":      "zero\r\none\r\ntwo\r\nthree\r\neight\r\nnine\r\n",
		"in two places":   "zero\none\ntwo\nthree\neight\nnine\none\ntwo\nthree\n",
		"without newline": "one\ntwo\nthree\neight\nnine",
	} {
		got, err := p.Apply(tree("a.go", a, "c.go", "package c\n"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := strings.ReplaceAll(a, "\r\n", "\n")
		want = strings.Replace(want, "two", "second", 1)
		want = strings.Replace(want, "eight", "eight\nand a half", 1)
		if string(got["a.go"]) != want {
			t.Errorf("%s: got %q, want %q", name, got["a.go"], want)
		}
		if string(got["new/b.go"]) != "package b\n\n" {
			t.Errorf("%s: created %q", name, got["new/b.go"])
		}
		if text, ok := got["c.go"]; !ok || text != nil {
			t.Errorf("%s: c.go is not deleted: %q", name, text)
		}
	}
}

// A longer name next to the change has moved a column.
func TestWhiteSpaceDoesNotCount(t *testing.T) {
	t.Parallel()
	p := parse(t, "--- a/a.go\n+++ b/a.go\n@@ -1,3 +1,3 @@\n type a struct {\n \tname string\n-\tx    int\n+\tx    int64\n }\n")
	got, err := p.Apply(tree("a.go", "type a struct {\n\tname  string\n\tx     int\n}\n"))
	if want := "type a struct {\n\tname  string\n\tx    int64\n}\n"; err != nil || string(got["a.go"]) != want {
		t.Errorf("got %q, %v, want %q", got["a.go"], err, want)
	}
}

func TestNearestPlaceCounts(t *testing.T) {
	t.Parallel()
	p := parse(t, "--- a/a\n+++ b/a\n@@ -5,1 +5,1 @@\n-x\n+y\n")
	got, err := p.Apply(tree("a", "x\n1\n2\nx\n3\n4\n5\nx\n"))
	if want := "x\n1\n2\ny\n3\n4\n5\nx\n"; err != nil || string(got["a"]) != want {
		t.Errorf("got %q, %v, want %q", got["a"], err, want)
	}
}

func TestPatchThatDoesNotFit(t *testing.T) {
	t.Parallel()
	fits := []string{"a.go", "one\ntwo\nthree\neight\nnine\n", "c.go", "package c\n"}
	for want, files := range map[string][]string{
		"a.go: these lines are not there (they were at line 2):\none\ntwo\nthree": {"a.go", "one\nthree\neight\nnine\n"},
		"a.go: these lines are not there (they were at line 9)":                   {"a.go", "eight\nnine\none\ntwo\nthree\n"},
		"a.go: the patch changes this file, and it does not exist":                nil,
		"new/b.go: the patch creates this file, and it exists":                    append(fits, "new/b.go", "package b\n"),
	} {
		if _, err := parse(t, change).Apply(tree(files...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNotAPatch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "the patch changes no file",
		"words\n":                               "the patch changes no file",
		"--- a/a\n":                             `line 2 of the patch: "+++" is missing at the end`,
		"--- a/a\n+++ b/a\n":                    "a has no hunk",
		"--- a/a\n+++ b/a\n@@ x @@\n":           "no line number",
		"--- a/a\n+++ b/b\n@@ -1 +1 @@\n-x":     "git diff --no-renames",
		"--- a/a\n+++ b/a\n@@ -5,0 +6 @@\n+x\n": "a gets lines, and no line says between which",
		"--- a/../a\n+++ b/../a\n@@ -1 @@":      `"../a" is no path in the tree`,
		"--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n": "must end with a line end",
	} {
		if _, err := patch.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Run("an absolute folder", func(t *testing.T) { requireWritten(t, t.TempDir()) })
	t.Run("the current folder", func(t *testing.T) {
		t.Chdir(t.TempDir())
		requireWritten(t, ".")
	})
}

// requireWritten requires that Write writes and removes files in an empty folder.
func requireWritten(t *testing.T, dir string) {
	t.Helper()
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	must := func(files map[string][]byte) {
		t.Helper()
		if err := patch.Write(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	must(map[string][]byte{"a/b/c.txt": []byte("1"), "a/d.txt": {}, "e/f.txt": []byte("2")})
	must(map[string][]byte{"a/b/c.txt": nil, "a/d.txt": []byte("3"), "e/f.txt": nil})
	if got := text("a/d.txt"); got != "3" {
		t.Errorf("a changed file has %q", got)
	}
	for name, want := range map[string]bool{"a/b": false, "a": true, "e": false, ".": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := patch.Write(dir, map[string][]byte{"e/f.txt": nil}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file was removed: %v", err)
	}
}
