//go:build unix

package importer_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/roster/adapters/importer"
)

// A named pipe stands for /dev/stdout and the like, which a test must not replace.
func TestRejectsMayGoToAPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // both ends, so that opening does not block
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := importer.Run(t.Context(), newCore(t), by, strings.NewReader(many(9)), importer.Options{Rejects: path}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("the pipe is gone: %v, %v", info, err)
	}
	const want = "course_id,learner_id,action,row,code,detail\n,,,9,invalid_row,"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(pipe, got); err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}
