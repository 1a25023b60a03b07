package main

import (
	"runtime"
	"runtime/debug"
	"testing"

	"example.com/roster/ports/portstest"
)

// A small heap may have four times as much garbage, and a large one a fifth.
func TestPercentFor(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 1 << 20: 400, 16 << 20: 400, 32 << 20: 200, 64 << 20: 100, 128 << 20: 50, 10 << 30: 20} {
		if got := percentFor(live, percentOfServers); got != want {
			t.Errorf("GOGC for %d MB is %d, want %d", live>>20, got, want)
		}
	}
}

// The percentage follows the live heap, up and down.
func TestTuneGC(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	tuneGC(percentOfServers)
	percent := func() int { // reading it sets it, so set it back
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	used := make([]byte, 200<<20)
	portstest.Eventually(t, "a large heap has little garbage", func() bool { runtime.GC(); return percent() < 60 })
	runtime.KeepAlive(used)
	portstest.Eventually(t, "a small heap has much", func() bool { runtime.GC(); return percent() > 300 })
}
