// Package schedule is time as a door: it calls the core's upkeep again and again, for nobody else would.
package schedule

import (
	"context"
	"log/slog"
	"time"

	"example.com/roster/ports"
)

const (
	interval  = 10 * time.Minute // from the end of one round to the next
	lockRetry = 30 * time.Second // before it asks for the turn again
)

// Run does the upkeep at once and then every ten minutes, until ctx ends. What fails is logged and done again in the next
// round. Of all processes on a store, one at a time does it, the others wait for their turn; a turn that is lost, or that can't
// be waited for, is logged once and asked for again.
func Run(ctx context.Context, upkeep ports.Maintenance, turns ports.Locker, log *slog.Logger) {
	for told := false; ctx.Err() == nil; sleep(ctx, lockRetry) {
		err := turns.WithLock(ctx, "schedule", func(ctx context.Context) error {
			told = false
			return rounds(ctx, upkeep, log)
		})
		if ctx.Err() == nil && !told {
			log.WarnContext(ctx, "the schedule has no turn", "error", err)
			told = true
		}
	}
}

// rounds does the upkeep round after round until ctx ends, and says why it did.
func rounds(ctx context.Context, upkeep ports.Maintenance, log *slog.Logger) error {
	for ctx.Err() == nil {
		runJob(ctx, log, "expire", upkeep.Expire)
		runJob(ctx, log, "purge", upkeep.Purge)
		sleep(ctx, interval)
	}
	return context.Cause(ctx)
}

func runJob(ctx context.Context, log *slog.Logger, name string, job func(context.Context) (int, error)) {
	removed, err := job(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		log.ErrorContext(ctx, name, "removed", removed, "error", err)
	case removed > 0:
		log.InfoContext(ctx, name, "removed", removed)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
