//go:build unix

// Package group ends a command together with what it has started.
package group

import (
	"os/exec"
	"syscall"
	"time"
)

// Run runs c, and what c starts, as a process group. When the context of c ends, Run interrupts the group, and kills what does not
// end: a process may ignore an interrupt, as those that a shell script starts with & do.
func Run(c *exec.Cmd) error { return run(c, time.Minute, 10*time.Second) }

// run gives c a time to end after the interrupt, and what c has started a time after c.
func run(c *exec.Cmd, own, rest time.Duration) error {
	interrupted := false
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error {
		interrupted = true
		return syscall.Kill(-c.Process.Pid, syscall.SIGINT)
	}
	c.WaitDelay = own
	err := c.Run()
	if !interrupted {
		return err
	}
	deadline := time.Now().Add(rest) // steady: what ignores an interrupt is killed, however fast the machine is
	for syscall.Kill(-c.Process.Pid, 0) == nil {
		if time.Now().After(deadline) {
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			break
		}
		time.Sleep(10 * time.Millisecond) // steady: until the next look at the group
	}
	return err
}
