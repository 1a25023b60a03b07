package sqlite

import (
	"context"
	"fmt"

	"example.com/roster/ports"
)

// withLock implements [ports.Locker] by locks on files beside the one at path. Their names have digits for the lock's name,
// since some file systems ignore case. No process notifies another.
func withLock(path string) func(ctx context.Context, name string, notified func(string), do func(context.Context) error) error {
	return func(ctx context.Context, name string, _ func(string), do func(context.Context) error) error {
		unlock, err := lock(ctx, fmt.Sprintf("%s.%x.lock", path, name))
		if err != nil {
			return fmt.Errorf("sqlite: %w: wait for the lock %s: %v", ports.ErrUnavailable, name, err)
		}
		defer unlock()
		return do(ctx)
	}
}
