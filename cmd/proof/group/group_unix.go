//go:build unix

// Package group ends a command together with what it has started.
package group

import (
	"os/exec"
	"syscall"
)

// Interrupt makes a command and what it starts a process group, which its end by the context interrupts.
func Interrupt(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
}
