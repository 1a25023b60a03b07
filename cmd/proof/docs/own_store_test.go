package docs_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/roster/cmd/proof/docs"
)

// A reader who follows docs/your-own-store.md makes a store beside a checkout, and after each step the same cases of the suites pass and
// fail as on the page.
func TestOwnStore(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN in the short form: it runs the suites after each step; make check runs it")
	}
	t.Parallel()
	needShell(t)
	page, err := os.ReadFile(root + "docs/your-own-store.md")
	if err != nil {
		t.Fatal(err)
	}
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(checkout, filepath.Join(dir, "roster")); err != nil {
		t.Skipf("NOT RUN: a checkout beside the store needs a symbolic link: %v", err)
	}
	begin := filepath.Join(dir, "begin")
	if err := os.Mkdir(begin, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // only a hang takes so long
	defer cancel()
	if err := docs.Follow(ctx, string(page), begin, tools(t)); err != nil {
		t.Errorf("docs/your-own-store.md: %v", err)
	}
}
