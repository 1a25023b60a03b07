package app_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"example.com/roster/cmd/roster/app"
)

// A silent input says when it is read, and then waits until its test ends.
type silent struct{ read, end chan struct{} }

func (s silent) Read([]byte) (int, error) {
	select {
	case s.read <- struct{}{}:
		<-s.end
	case <-s.end:
	}
	return 0, io.EOF
}

// A command that reads standard input ends with its context, even if no input comes.
func TestSilentInput(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"apply -",
		"course import -",
		"import -",
		"import - --sync",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			in, ended := silent{make(chan struct{}), make(chan struct{})}, make(chan int, 1)
			defer close(in.end)
			var stdout, stderr bytes.Buffer
			go func() {
				ended <- app.Run(ctx, app.Options{
					Args: append(strings.Fields(args), "--database-url", "memory:"), Stdin: in, Stdout: &stdout, Stderr: &stderr,
				})
			}()
			<-in.read
			cancel()
			if code := <-ended; code == 0 || !strings.Contains(stderr.String(), "interrupted") || stdout.Len() > 0 {
				t.Errorf("exit %d\n%s%s", code, &stdout, &stderr)
			}
		})
	}
}
