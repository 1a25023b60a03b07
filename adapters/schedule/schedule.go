// Package schedule is the entry point that time drives: it calls the maintenance of the core at regular intervals.
package schedule

import (
	"context"
	"log/slog"
	"time"

	"example.com/roster/ports"
)

const (
	interval  = 10 * time.Minute // from the end of one round to the next
	lockRetry = 30 * time.Second // between attempts to acquire the lock
)

// Run does the maintenance at once and then every ten minutes, until ctx ends. An error is logged, and the job runs again in the
// next round. Of all processes on a store, one at a time does the maintenance, under a lock. The others wait for the lock. If
// the lock is lost or can't be acquired, Run logs that once and retries.
func Run(ctx context.Context, maintenance ports.Maintenance, locker ports.Locker, log *slog.Logger) {
	for logged := false; ctx.Err() == nil; sleep(ctx, lockRetry) {
		err := locker.WithLock(ctx, "schedule", func(ctx context.Context) error {
			logged = false
			return runRounds(ctx, maintenance, log)
		})
		if ctx.Err() == nil && !logged {
			log.WarnContext(ctx, "could not acquire or keep the scheduler lock", "error", err)
			logged = true
		}
	}
}

// runRounds does the maintenance round after round until ctx ends, and returns the cause.
func runRounds(ctx context.Context, maintenance ports.Maintenance, log *slog.Logger) error {
	for ctx.Err() == nil {
		runJob(ctx, log, "expire", maintenance.Expire)
		runJob(ctx, log, "purge", maintenance.Purge)
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
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
