//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

const suffix = "" // of the names of programs

// group makes a command and what it starts a process group, which its end by the context interrupts.
func group(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
}
