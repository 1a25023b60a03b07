package create

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"example.com/roster/cmd/scaffold/internal/filetree"
)

// The tests make many services in short time: they use more memory, and collect garbage less often.
func init() { debug.SetGCPercent(400) }

// The tests share the template, which does not change.
var template = sync.OnceValues(func() (Tree, error) { return Read("../../..") })

func readTemplate(t testing.TB) Tree {
	t.Helper()
	tree, err := template()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the folder is not empty: %v, %v", entries, err)
	}
}

// A folder that is not empty is refused, and does not change.
func TestFolderThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file.txt")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, file} {
		if err := (New{Module: "example.com/booking", Dir: dir}).createFrom(readTemplate(t), "", nil); err == nil {
			t.Errorf("%s was accepted", dir)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("the file contains %q, %v", text, err)
	}
}

// If the last step fails, neither the service nor a folder on the way to it exists.
func TestFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := errors.New("the disk is full")
	written := false
	err := writeService(Tree{"a/b.txt": "b"}, filepath.Join(dir, "not", "there", "yet"), func(beside string) error {
		_, err := os.Stat(filepath.Join(beside, "a", "b.txt"))
		written = err == nil
		return full
	})
	if !errors.Is(err, full) || !written {
		t.Errorf("got %v; written before: %t", err, written)
	}
	requireEmpty(t, dir)
}

// A complete tree is renamed to the target folder, and its scripts are executable.
func TestWriteService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := writeService(Tree{"run": "#!/bin/sh\n", "text": "text"}, dir, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"run": 0o755, "text": 0o644} {
		probe := filepath.Join(t.TempDir(), "probe") // a umask may remove bits
		if err := os.WriteFile(probe, nil, mode); err != nil {
			t.Fatal(err)
		}
		want, err := os.Stat(probe)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want.Mode() {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// Files that no service takes from the template count as files of a service.
func TestExcludedFilesAreListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := filetree.Write(Tree{"a/b.txt": "b", "cmd/demo/sample/sample.go": "package sample\n"}, dir); err != nil {
		t.Fatal(err)
	}
	files, err := listFiles(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("listed %q, %v", files, err)
	}
	if tree, err := Read(dir); err != nil || len(tree) != 1 || tree["a/b.txt"] != "b" {
		t.Errorf("read %q, %v", tree, err)
	}
}

// A dry run prints the whole report, and writes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	c := New{Module: "example.com/booking", Dir: dir, Without: []string{"nats"}, DryRun: true}
	if err := c.createFrom(readTemplate(t), "", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cmd/booking", "BOOKING_", "adapters/httpapi", "Nothing was written"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %s:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "adapters/nats") {
		t.Errorf("the report has a folder that is left out:\n%s", out.String())
	}
	requireEmpty(t, dir)
}

// A template with CRLF makes the same service as one with LF. Binary files stay as they are.
func TestReadWithCRLF(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := Tree{"a.txt": "one\ntwo\n", "b.gz": "\x00\r\n"}
	if err := filetree.Write(Tree{"a.txt": "one\r\ntwo\r\n", "b.gz": want["b.gz"]}, dir); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(dir); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// A service gets the tracked files of the template: nothing that lies beside them, no target of a link, and no secret, tracked or not.
func TestReadTakesTrackedFilesOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	tree := Tree{"a.txt": "a", "untracked.txt": "b", ".env": "c", "deploy/.env.prod": "c", "keys/local-key.jwk": "d", "tls.key": "e", "tls.pem": "f"}
	for _, err := range []error{
		filetree.Write(tree, dir), os.WriteFile(outside, []byte("outside"), 0o600), os.Symlink(outside, filepath.Join(dir, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "--force", ".env", "a.txt", "deploy", "keys", "link", "tls.key", "tls.pem"}} {
		git := exec.Command("git", args...)
		git.Dir = dir
		if output, err := git.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, output)
		}
	}
	if got, err := Read(dir); err != nil || !maps.Equal(got, Tree{"a.txt": "a"}) {
		t.Errorf("read %q, %v", got, err)
	}
}
