//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory is what a process held at most, in MB.
func peakMemory(s *os.ProcessState) float64 {
	kilobytes := float64(s.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" {
		kilobytes /= 1024 // there it is told in bytes
	}
	return kilobytes / 1024
}
