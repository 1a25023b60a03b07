//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() { testSignals = testUnixSignals }

// testUnixSignals interrupts the demo, started alone and by make run: it prints "stopped", exits with 0, and leaves no process.
// The sample is loaded in dir.
func testUnixSignals(t *testing.T, dir string) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	made := treeToMake(t, program)
	const group, started = true, false // who gets the signal: all processes, as from a terminal, or the one that a user starts
	for name, c := range map[string]struct {
		command []string
		dir     string
		when    string // the signal is sent at the line that contains it
		signal  syscall.Signal
		to      bool
		want    string // how the command ends
	}{
		"Ctrl-C":                 {[]string{program}, dir, "Serving on", syscall.SIGINT, group, "exit status 0"},
		"Ctrl-C during the load": {[]string{program}, filepath.Join(t.TempDir(), "data"), "Loading", syscall.SIGINT, group, "exit status 0"},
		"kill":                   {[]string{program}, dir, "Serving on", syscall.SIGTERM, started, "exit status 0"},
		// make ends by the signal itself, whatever its recipe does.
		"Ctrl-C in make run": {[]string{"make", "run"}, dir, "Serving on", syscall.SIGINT, group, "signal: interrupt"},
		"kill of make":       {[]string{"make", "run"}, dir, "Serving on", syscall.SIGTERM, started, "signal: terminated"},
	} {
		if _, err := exec.LookPath(c.command[0]); err != nil {
			t.Logf("NOT RUN: %s: %v", name, err)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only a hang reaches it
		defer cancel()
		command := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
		command.Dir = made
		command.Env = append(os.Environ(), runAsDemo+"=1", "ROSTER_DATA_DIR="+c.dir, "ROSTER_ADDR=127.0.0.1:0", "ROSTER_ADMIN_ADDR=127.0.0.1:0",
			"PATH="+filepath.Join(made, "path")+string(os.PathListSeparator)+os.Getenv("PATH"), "MAKEFLAGS=", "MAKELEVEL=") // as if no make runs this test
		command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
		output, input, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		command.Stdout, command.Stderr = input, input
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		input.Close()
		id := command.Process.Pid
		if c.to == group {
			id = -id
		}
		var before strings.Builder
		for lines := bufio.NewScanner(io.TeeReader(output, &before)); lines.Scan() && !strings.Contains(lines.Text(), c.when); {
		}
		if err := syscall.Kill(id, c.signal); err != nil {
			t.Error(err)
		}
		after, _ := io.ReadAll(output) // ends when no process has the pipe open
		output.Close()
		command.Wait()
		if got := command.ProcessState.String(); got != c.want || !strings.HasSuffix(string(after), "stopped\n") || strings.Contains(string(after), "Error") {
			t.Errorf("%s: %s, want %s and stopped at the end, without Error:\n%s%s", name, got, c.want, &before, after)
		}
		if err := syscall.Kill(-command.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s: a process is left (%v)", name, err)
		}
		if c.command[0] == "make" && (!strings.HasPrefix(before.String(), "Compiling") || !strings.Contains(before.String(), "\n  bin/roster list")) {
			t.Errorf("%s: does not begin with Compiling, or suggests another program than bin/roster:\n%s", name, &before)
		}
	}
}

// treeToMake returns a folder with the Makefile, the programs that make run builds, and a go command that does nothing, in path.
func treeToMake(t *testing.T, program string) string {
	dir := t.TempDir()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "Makefile"), makefile, 0o600),
		os.Mkdir(filepath.Join(dir, "path"), 0o700),
		os.WriteFile(filepath.Join(dir, "path", "go"), []byte("#!/bin/sh\n"), 0o700),
		os.Mkdir(filepath.Join(dir, "bin"), 0o700),
		os.Symlink(program, filepath.Join(dir, "bin", "demo")),
		os.Symlink(program, filepath.Join(dir, "bin", "roster")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
