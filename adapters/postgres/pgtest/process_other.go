//go:build !linux

package pgtest

import "syscall"

// attributes has no effect except on Linux.
func attributes() *syscall.SysProcAttr { return nil }

// chown leaves the files to the user who runs the tests.
func chown(...string) error { return nil }

// memory returns no folder: the system may have none in memory.
func memory() string { return "" }
