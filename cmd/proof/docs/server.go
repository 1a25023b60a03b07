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

// patience is how long a server may take to begin, to print what is shown, and to end.
const patience = 20 * time.Second

// A server is a program that runs beside the shell until the document ends.
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
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // it was told to end, or [server.soon] says that it did
		close(s.ended)
	}()
	if err := s.soon(func() bool { return ready(ctx, addr) }); err != nil {
		s.stop()
		return nil, fmt.Errorf("is not ready at %s: %w; it printed\n%s", addr, err, s.printed.String())
	}
	return s, nil
}

// soon waits for done, and returns an error where the server ends before, or patience does.
func (s *server) soon(done func() bool) error {
	for end := time.Now().Add(patience); !done(); {
		select {
		case <-s.ended:
			return errors.New("it ended")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %s", patience)
		}
	}
	return nil
}

// prints waits until the server has printed what its step shows.
func (s *server) prints(shown step, addr string) error {
	said := func() string { return strings.ReplaceAll(s.printed.String(), addr, address) }
	if len(shown.shown) == 0 || s.soon(func() bool { return shown.is(said()) }) == nil {
		return nil
	}
	return shown.compare(said(), 0)
}

// stop asks the server to end, and returns when it has.
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

// locked is a buffer that one goroutine writes while another reads.
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
