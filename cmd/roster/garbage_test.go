package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
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
	collectUntil := func(done func() bool) {
		t.Helper()
		for begun := time.Now(); !done(); runtime.GC() { // what it does after a collection is soon done
			if time.Since(begun) > 2*time.Minute {
				t.Fatalf("GOGC stays %d", percent())
			}
		}
	}
	used := make([]byte, 200<<20)
	collectUntil(func() bool { return percent() < 60 })
	runtime.KeepAlive(used)
	collectUntil(func() bool { return percent() > 300 })
}
