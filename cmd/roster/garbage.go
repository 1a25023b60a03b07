package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Garbage is collected less often than by Go's default, GOGC=100, while little memory is in use: a server and an import have a small live
// heap, and allocate much. The larger the heap is, the less garbage it may have, in percent, so that memory grows with what is in use alone.
const (
	maxPercent = 400
	minPercent = 25
	maxGarbage = 96 << 20 // bytes, unless minPercent is more
)

// percentFor returns GOGC for a live heap of so many bytes.
func percentFor(live uint64) int {
	return int(min(maxPercent, max(minPercent, 100*maxGarbage/max(live, 1))))
}

// tuneGC sets GOGC now, and after each collection.
func tuneGC(current int) {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	percent := percentFor(sample[0].Value.Uint64())
	if percent != current {
		debug.SetGCPercent(percent)
	}
	runtime.AddCleanup(new(cycle), tuneGC, percent)
}

// A cycle is unreachable from its creation: the next collection finds it.
type cycle struct{ _ *cycle }
