// Package schedule is time as a door: it calls the core's upkeep again and again, for nobody else would.
package schedule

import (
	"context"
	"log/slog"
	"time"

	"example.com/roster/ports"
)

// every is how long the schedule waits from the end of one round to the next.
const every = 10 * time.Minute

// Run does the upkeep at once and then every ten minutes, until ctx ends. What fails is logged and done again in the next
// round. Several processes may run it on one database: what one has removed is not there for the other.
func Run(ctx context.Context, upkeep ports.Upkeep, log *slog.Logger) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			round(ctx, upkeep, log)
			next.Reset(every)
		}
	}
}

func round(ctx context.Context, upkeep ports.Upkeep, log *slog.Logger) {
	removed, err := upkeep.Expire(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		log.ErrorContext(ctx, "expire", "removed", removed, "error", err)
	case removed > 0:
		log.InfoContext(ctx, "expire", "removed", removed)
	}
}
