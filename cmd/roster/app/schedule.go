package app

import (
	"context"
	"log/slog"

	"example.com/roster/adapters/schedule"
	"example.com/roster/ports"
)

// A scheduler maintains what is stored, at regular intervals, until its context ends.
type scheduler func(context.Context)

func newScheduler(service ports.Service, s Storage, log *slog.Logger) scheduler {
	return func(ctx context.Context) { schedule.Run(ctx, service, s, log) }
}
