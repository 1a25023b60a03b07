package app

import (
	"context"
	"log/slog"
	"sync"

	"example.com/roster/adapters/schedule"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// A background is the work of serve and worker besides HTTP.
type background struct {
	maintenance ports.Maintenance
	locker      ports.Locker
	relay       *application.Relay
	queue       ports.Queue
	handle      queueHandler
	admin       *admin
	log         *slog.Logger
}

// start starts the work, which does not end with ctx. stop ends it and returns when it has ended.
func (b *background) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { schedule.Run(ctx, b.maintenance, b.locker, b.log) })
	running.Go(func() { b.relay.Run(ctx) })
	running.Go(func() {
		if err := b.queue.Work(ctx, b.handle); err != nil {
			b.log.Error("worker stopped", "error", err)
		}
	})
	running.Go(func() { b.admin.run(ctx, b.log) })
	return func() {
		cancel()
		running.Wait()
	}
}
