package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// runMeasuringPeak runs a program, and returns the largest result of peakMemory, or 0. It polls while the program runs: after the end,
// the system reports at least the memory that the parent had at the start.
func runMeasuringPeak(c *exec.Cmd, peakMemory func(pid int) float64) (peak float64, err error) {
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		peak = max(peak, peakMemory(c.Process.Pid))
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// peakMemory returns the peak memory of a running process in MB, on Linux; else 0.
func peakMemory(pid int) float64 { return memory(pid, "VmHWM:") }

// residentMemory returns its memory now.
func residentMemory(pid int) float64 { return memory(pid, "VmRSS:") }

// memory returns a field of the process's status in MB.
func memory(pid int, field string) float64 {
	content, err := os.ReadFile(fmt.Sprintf("%s/%d/status", proc, pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(content) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == field {
			kilobytes, _ := strconv.ParseFloat(string(fields[1]), 64)
			return kilobytes / 1024
		}
	}
	return 0
}
