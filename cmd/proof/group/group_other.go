//go:build !unix

// Package group ends a command together with what it has started.
package group

import (
	"os/exec"
	"time"
)

// Run runs c, which is killed when its context ends.
func Run(c *exec.Cmd) error {
	c.WaitDelay = time.Minute
	return c.Run()
}
