package main

import (
	"runtime/debug"
	"testing"

	"example.com/roster/cmd/bench/submit"
)

// submits measures the core without a server.
func submits(b *bench) error {
	testing.Init()                                    // of what testing.Benchmark reads
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // what is kept costs collection, as it does elsewhere
	defer debug.FreeOSMemory()
	null, memory := testing.Benchmark(submit.Null), testing.Benchmark(submit.Memstore)
	b.results.metric("submit_null_ns", float64(null.NsPerOp()))
	b.results.metric("submit_memstore_ns", float64(memory.NsPerOp()))
	b.results.metric("submit_memstore_allocs", float64(memory.AllocsPerOp()))
	b.results.figure("Submit on a store that keeps nothing", "allocs", float64(null.AllocsPerOp()))
	return nil
}
