//go:build !linux

package pgtest

import "syscall"

// attributes has no effect except on Linux.
func attributes() *syscall.SysProcAttr { return nil }

// chown leaves the files to the user who runs the tests.
func chown(...string) error { return nil }

// Memory returns an empty string except on Linux.
func Memory() string { return "" }
