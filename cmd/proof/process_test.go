package proof_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"testing"

	"example.com/roster/cmd/roster/app"
	"example.com/roster/ports/portstest"
)

// With programVariable set, the test binary runs roster, so that a test can kill a process. With the value untilInputEnds it ends with its
// standard input, of which the test has the other end: a test binary that is killed leaves no process.
const (
	programVariable = "ROSTER_PROOF_AS_PROGRAM"
	untilInputEnds  = "until-input-ends"
)

func runAsProgram() {
	if os.Getenv(programVariable) == untilInputEnds {
		go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(1) }()
	}
	os.Exit(app.Run(context.Background(), app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// process starts a command of roster in its own process, which ends when t ends.
func (s system) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := s.command(t, args...)
	cmd.Env = append(cmd.Env, programVariable+"="+untilInputEnds)
	_, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// command returns the command of [system.process].
func (s system) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, s.args(args...)...)
	cmd.Env = append(os.Environ(), programVariable+"=1")
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	return cmd
}

// A process that runs until it is stopped ends with the standard input that the test gives it.
func TestProcessEndsWithItsInput(t *testing.T) {
	t.Parallel()
	cmd := newSystem(t, "sqlite").command(t, "serve", "--addr", "127.0.0.1:0")
	cmd.Env = append(cmd.Env, programVariable+"="+untilInputEnds) // its input is empty
	ended := make(chan error, 1)
	go func() { ended <- cmd.Run() }()
	if err := portstest.Receive(t, "the end of the process", ended); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
}
