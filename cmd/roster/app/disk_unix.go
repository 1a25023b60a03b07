//go:build linux || darwin

package app

import "syscall"

const mayWrite = 2 // W_OK of access(2)

// writableSpace returns how many bytes this user can write in a directory, and writes none.
func writableSpace(dir string) (uint64, error) {
	if err := syscall.Access(dir, mayWrite); err != nil {
		return 0, err
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
