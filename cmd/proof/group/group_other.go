//go:build !unix

// Package group ends a command together with what it has started.
package group

import "os/exec"

// Interrupt leaves the default: the command is killed when its context ends.
func Interrupt(*exec.Cmd) {}
