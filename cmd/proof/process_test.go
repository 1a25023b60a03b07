package proof_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"testing"

	"example.com/roster/cmd/roster/app"
)

// With programVariable set, the test binary runs roster, so that a test can kill a process.
const programVariable = "ROSTER_PROOF_AS_PROGRAM"

func runAsProgram() {
	os.Exit(app.Run(context.Background(), app.Options{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// process starts a command of roster in its own process, which ends when t ends.
func (s system) process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := s.command(t, args...)
	if err := cmd.Start(); err != nil {
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
