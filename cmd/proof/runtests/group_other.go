//go:build !unix

package main

import "os/exec"

const suffix = ".exe" // of the names of programs

// group leaves the default: the command is killed when its context ends.
func group(*exec.Cmd) {}
