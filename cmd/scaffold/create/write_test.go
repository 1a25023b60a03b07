package create

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readTemplate(t testing.TB) Tree {
	t.Helper()
	tree, err := Read("../../..")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// A folder that holds something is no place for a service, and stays as it is.
func TestFolderThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, mine} {
		if err := (New{Module: "example.com/booking", Dir: dir}).from(readTemplate(t), "", nil); err == nil {
			t.Errorf("%s was taken", dir)
		}
	}
	if text, err := os.ReadFile(mine); err != nil || string(text) != "mine" {
		t.Errorf("it is %q, %v", text, err)
	}
}

// Where the last step fails, neither the service nor a folder on the way to it is there.
func TestFailureLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	full := errors.New("the disk is full")
	seen := false
	err := place(Tree{"a/b.txt": "b"}, filepath.Join(dir, "not", "there", "yet"), func(building string) error {
		_, err := os.Stat(filepath.Join(building, "a", "b.txt"))
		seen = err == nil
		return full
	})
	if !errors.Is(err, full) || !seen {
		t.Errorf("got %v; written before: %t", err, seen)
	}
	requireEmpty(t, dir)
}

// What is whole is moved to where it is to be, with the bits of its scripts.
func TestPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := place(Tree{"run": "#!/bin/sh\n", "text": "text"}, dir, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"run": 0o755, "text": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// A dry run tells all, and does nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var out bytes.Buffer
	c := New{Module: "example.com/booking", Dir: dir, Without: []string{"nats"}, DryRun: true}
	if err := c.from(readTemplate(t), "", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cmd/booking", "BOOKING_", "adapters/httpapi", "Nothing was done"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not tell %s:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "adapters/nats") {
		t.Errorf("it tells of what is left out:\n%s", out.String())
	}
	requireEmpty(t, dir)
}
