package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// runWatched runs a program, and returns what it held at most, in MB; 0 where the system does not tell. What the system tells
// of a process that has ended is no less than what its parent held when it began, so it is asked while it runs.
func runWatched(c *exec.Cmd) (peak float64, err error) {
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		peak = max(peak, held(c.Process.Pid))
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// held is what a process held at most until now, in MB, as Linux tells it.
func held(pid int) float64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(content) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == "VmHWM:" {
			kilobytes, _ := strconv.ParseFloat(string(fields[1]), 64)
			return kilobytes / 1024
		}
	}
	return 0
}
