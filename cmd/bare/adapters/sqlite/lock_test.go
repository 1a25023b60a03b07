package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// The end of the context ends a wait for the lock, and no lock: what it protects may still be running.
func TestLockOutlivesItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db.lock")
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := lock(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	short, end := context.WithTimeout(t.Context(), 50*time.Millisecond) // steady: the deadline that must end the wait
	defer end()
	if second, err := lock(short, path); err == nil {
		t.Error("another process gets it")
		second()
	}
	unlock()
	if unlock, err = lock(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	unlock()
}
