package main

import (
	"os/exec"
	"runtime"
	"testing"
)

// What a process holds is its own, however much its parent does.
func TestRunWatched(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	ballast := make([]byte, 256<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	c := exec.Command("sleep", "0.05")
	peak, err := runWatched(c)
	if err != nil {
		t.Fatal(err)
	}
	if peak <= 0 || peak > 64 {
		t.Errorf("sleep held %.1f MB, beside %d of its parent", peak, len(ballast)>>20)
	}
}
