package promises_test

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/roster/ports/portstest"
)

// buildRevision builds the program as it was at a revision, from the repository's history, and returns its path. Without the revision
// the test does not run.
func buildRevision(t *testing.T, revision string) string {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	dir := t.TempDir()
	git := exec.CommandContext(t.Context(), "git", "archive", "--format=tar", "--output="+filepath.Join(dir, "source.tar"), revision)
	git.Dir = root
	if out, err := git.CombinedOutput(); err != nil {
		report := t.Skipf
		if os.Getenv("CI") == "true" {
			report = t.Fatalf
		}
		report("NOT RUN: the history has no revision %s (%v: %s). Get the whole history, as git fetch --unshallow does", revision, err, out)
	}
	source, program := filepath.Join(dir, "source"), filepath.Join(dir, "roster-"+revision)
	must := func(dir, name string, args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), name, args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c, err, out)
		}
	}
	if err := os.Mkdir(source, 0o700); err != nil {
		t.Fatal(err)
	}
	must(dir, "tar", "-xf", "source.tar", "-C", source)
	must(source, "go", "build", "-tags=grpcnotrace", "-o", program, "./cmd/roster")
	return program
}

// command returns a process of the program: of the built one that the setup names, or of this test binary.
func (s setup) command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(cmp.Or(s.program, self), s.args(args...)...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// runProcess is run in a process of its own.
func (s setup) runProcess(t testing.TB, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	c := s.command(t, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &err
	if failed := c.Run(); failed != nil {
		exit, ok := errors.AsType[*exec.ExitError](failed)
		if !ok {
			t.Fatal(failed)
		}
		code = exit.ExitCode()
	}
	return code, out.String(), err.String()
}

var serving = regexp.MustCompile(`"url":"(http://127\.0\.0\.1:\d+)"`)

// A server is serve in a process of its own.
type server struct {
	client
	log  *lockedBuffer
	stop func() // asks it to end, and waits
	kill func() // ends it at once
}

// serveProcess starts serve in a process of its own, which ends with t at the latest.
func (s setup) serveProcess(t testing.TB, flags ...string) server {
	t.Helper()
	log := new(lockedBuffer)
	c := s.command(t, append([]string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", "off", "--log-format", "json", "--rate-limit", "off"}, flags...)...)
	c.Stderr = log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	end := func(how os.Signal) func() {
		return sync.OnceFunc(func() { _ = c.Process.Signal(how); <-ended })
	}
	kill := end(syscall.SIGKILL)
	t.Cleanup(kill)
	var url string
	portstest.Eventually(t, "serve says where it is", func() bool {
		select {
		case <-ended:
			t.Fatalf("serve has ended\n%s", log)
		default:
		}
		if m := serving.FindStringSubmatch(log.String()); m != nil {
			url = m[1]
		}
		return url != ""
	})
	made := newClient(t, url)
	made.token = s.token(t, "staff")
	return server{made, log, end(syscall.SIGTERM), kill}
}
