package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// timeout is the limit for a server to become ready, to print what is shown, and to stop. Only a hang reaches it.
const timeout = 2 * time.Minute

// A server is a program that runs in the background until the document ends.
type server struct {
	cmd     *exec.Cmd
	ended   chan struct{}
	cancel  context.CancelFunc
	printed locked
}

// startServer starts command and returns when it is ready: http://addr/readyz answers 200.
func startServer(ctx context.Context, command, addr, dir string, env []string) (*server, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	s := &server{cmd: cmd, ended: make(chan struct{}), cancel: cancel}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &s.printed, &s.printed
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = timeout
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // stop interrupts it, and [server.waitFor] reports an early end
		close(s.ended)
	}()
	if err := s.waitFor(func() bool { return ready(ctx, addr) }); err != nil {
		s.stop()
		return nil, fmt.Errorf("is not ready at %s: %w; it printed\n%s", addr, err, s.printed.String())
	}
	return s, nil
}

// waitFor waits for done. It returns an error if the server ends before, or after the timeout.
func (s *server) waitFor(done func() bool) error {
	for end := time.Now().Add(timeout); !done(); {
		select {
		case <-s.ended:
			return errors.New("it ended")
		case <-time.After(20 * time.Millisecond): // steady: until the next look
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %s", timeout)
		}
	}
	return nil
}

// prints waits until the server has printed what its step shows.
func (s *server) prints(shown step, addr string) error {
	output := func() string { return strings.ReplaceAll(s.printed.String(), addr, address) }
	if len(shown.shown) == 0 || s.waitFor(func() bool { return shown.matches(output()) }) == nil {
		return nil
	}
	return shown.compare(output(), 0)
}

// stop interrupts the server, and returns when it has ended.
func (s *server) stop() {
	s.cancel()
	<-s.ended
}

func ready(ctx context.Context, addr string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// locked is a buffer for concurrent writes and reads.
type locked struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}
