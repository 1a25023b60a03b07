package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Garbage is collected less often than by Go's default, GOGC=100, while little memory is in use: a server and an import have a small live
// heap, and allocate much. The larger the heap is, the less garbage it may have, in percent, so that memory grows with what is in use alone.
const (
	percentOfServers  = 400
	percentOfCommands = 200 // with more, the peak memory of an import would depend on its length
	minPercent        = 20
	maxGarbage        = 64 << 20 // bytes, unless minPercent is more
)

// percentFor returns GOGC for a live heap of so many bytes.
func percentFor(live uint64, most int) int {
	return int(min(uint64(most), max(minPercent, 100*maxGarbage/max(live, 1))))
}

// tuneGC sets GOGC now, and after each collection.
func tuneGC(most int) {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	debug.SetGCPercent(percentFor(sample[0].Value.Uint64(), most))
	runtime.AddCleanup(new(cycle), tuneGC, most)
}

// A cycle is unreachable from its creation: the next collection finds it.
type cycle struct{ _ *cycle }
