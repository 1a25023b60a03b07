package app_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/app"
)

// The last line of serve's log says that it has stopped.
func TestStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	code := app.Run(ctx, app.Options{
		Args:   []string{"serve", "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"},
		Stdin:  strings.NewReader(""),
		Stdout: &log,
		Stderr: &log,
		Ready:  func(string) { cancel() },
	})
	if code != 0 || !strings.HasSuffix(log.String(), "level=INFO msg=stopped\n") {
		t.Errorf("serve exited with %d, want 0, and logged\n%s", code, &log)
	}
}
