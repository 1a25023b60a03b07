package main

import (
	"os/exec"
	"runtime"
	"testing"
)

// The peak is that of the process, however much memory its parent has.
func TestRunMeasuringPeak(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux")
	}
	ballast := make([]byte, 128<<20)
	for i := 0; i < len(ballast); i += 1 << 10 {
		ballast[i] = 1 // so that the page is in memory
	}
	c := exec.Command("cat")
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	peak, err := runMeasuringPeak(c, func(pid int) float64 {
		defer input.Close() // cat runs until it has been measured
		return peakMemory(pid)
	})
	if err != nil {
		t.Fatal(err)
	}
	if peak <= 0 || peak > 64 {
		t.Errorf("cat had %.1f MB, its parent %d", peak, len(ballast)>>20)
	}
}

// The peak is the largest of all measurements, and not the last.
func TestLargestMeasurement(t *testing.T) {
	t.Parallel()
	c := exec.Command("cat")
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	measurements := []float64{10, 30, 20}
	peak, err := runMeasuringPeak(c, func(int) float64 {
		if len(measurements) == 0 {
			return 0
		}
		measurement := measurements[0]
		if measurements = measurements[1:]; len(measurements) == 0 {
			_ = input.Close()
		}
		return measurement
	})
	if err != nil || peak != 30 {
		t.Errorf("got %g, %v", peak, err)
	}
}
