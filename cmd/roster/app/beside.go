package app

import (
	"context"
	"log/slog"
	"sync"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/schedule"
	"example.com/roster/ports"
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

// schedule does from time to time what time asks for.
func (b *besides) schedule(ctx context.Context, core *core, service ports.Service, log *slog.Logger) {
	b.run(ctx, func(ctx context.Context) { schedule.Run(ctx, service, core.turns, log) })
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
