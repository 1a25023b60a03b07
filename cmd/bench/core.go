package main

import (
	"errors"
	"runtime/debug"
	"testing"

	"example.com/roster/cmd/bench/submit"
)

// measureSubmit measures the core alone, without a server.
func measureSubmit(b *bench) error {
	testing.Init()                                    // defines the flags that testing.Benchmark reads
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as by default, so that stored data costs garbage collection
	defer debug.FreeOSMemory()
	null, memory := testing.Benchmark(submit.Null), testing.Benchmark(submit.Memstore)
	if null.N == 0 || memory.N == 0 {
		return errors.New("a benchmark of the core failed")
	}
	b.results.metric("submit_null_ns", float64(null.NsPerOp()))
	b.results.metric("submit_memstore_ns", float64(memory.NsPerOp()))
	b.results.metric("submit_memstore_allocs", float64(memory.AllocsPerOp()))
	b.results.figure("Submit on a store that keeps nothing", "allocs", float64(null.AllocsPerOp()))
	return nil
}
