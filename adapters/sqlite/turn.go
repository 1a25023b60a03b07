package sqlite

import (
	"context"
	"fmt"

	"example.com/roster/ports"
)

// turns gives turns by locks on files beside the one at path. A file is named by digits, for to some systems names that
// differ by their case are one. No process hears what another commits.
func turns(path string) func(ctx context.Context, name string, heard func(string), do func(context.Context) error) error {
	return func(ctx context.Context, name string, _ func(string), do func(context.Context) error) error {
		unlock, err := lock(ctx, fmt.Sprintf("%s.%x.lock", path, name))
		if err != nil {
			return fmt.Errorf("sqlite: %w: wait for the turn of %s: %v", ports.ErrUnavailable, name, err)
		}
		defer unlock()
		return do(ctx)
	}
}
