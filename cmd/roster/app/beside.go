package app

import (
	"context"
	"sync"

	"example.com/roster/adapters/httpapi"
)

// besides is what runs beside the API, and ends after it.
type besides struct {
	running sync.WaitGroup
	stops   []func()
	last    []func()       // are called when all has ended
	parts   []httpapi.Part // are what /readyz asks of it
}

// run runs f until the end, which does not come with ctx but with [besides.end].
func (b *besides) run(ctx context.Context, f func(context.Context)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stops = append(b.stops, stop)
	b.running.Go(func() { f(ctx) })
}

// end ends all of it, and returns when it has ended.
func (b *besides) end() {
	for _, stop := range b.stops {
		stop()
	}
	b.running.Wait()
	for _, last := range b.last {
		last()
	}
}
