package application_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/roster/application"
	"example.com/roster/ports"
)

// A command on a hot course costs no more if thousands of callers wait there: compare the times of one run. The store takes a
// millisecond, so few callers wait for that, and many share it.
func BenchmarkCallersOfAHotCourse(b *testing.B) {
	for _, callers := range []int{100, 1000, 8000} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			store := newGate(func(context.Context, ports.Need) error { time.Sleep(time.Millisecond); return nil }) // steady: it is the store's time
			g := newBatcher(b, store, application.BatcherOptions{})
			must(b, g.Submit(b.Context(), putOn("c", 1_000_000_000)))
			learners := make(chan int)
			var running sync.WaitGroup
			for range callers {
				running.Go(func() {
					for i := range learners {
						must(b, g.Submit(b.Context(), enrollOn("c", fmt.Sprint("l-", i))))
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				learners <- i
			}
			close(learners)
			running.Wait()
		})
	}
}
