//go:build linux || darwin

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const runAsRoster = "ROSTER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runAsRoster) != "" {
		os.Unsetenv(runAsRoster)
		main()
	}
	os.Exit(m.Run())
}

// Later signals end a program that does not end by the first: here it reads a pipe by its name, which notices no context.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "apply", pipe, "--database-url", "memory:")
	command.Env = append(os.Environ(), runAsRoster+"=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	opened := make(chan *os.File, 1)
	go func() {
		f, _ := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the program reads it
		opened <- f
	}()
	select {
	case f := <-opened:
		defer f.Close()
	case err := <-ended:
		t.Fatalf("it ended before a signal: %v", err)
	}
	for {
		select {
		case <-ended:
			if got := command.ProcessState.String(); got != "signal: terminated" {
				t.Errorf("it ended by %s", got)
			}
			return
		case <-time.After(100 * time.Millisecond): // steady: until the next signal
			_ = command.Process.Signal(syscall.SIGTERM)
		}
	}
}
