package application

import (
	"context"
	"fmt"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// optional returns store as the port P if it implements it, and else absent.
func optional[P any](store ports.Store) P {
	if p, ok := store.(P); ok {
		return p
	}
	return any(absent{}).(P)
}

// absent takes the place of an optional port that the store does not implement.
type absent struct{}

var (
	errNoMaintenance = missing("maintenance", "MaintenanceStore", "WithMaintenance")
	errNoErasure     = missing("erasure", "ErasureStore", "WithErasure")
	errNoDeadLetters = missing("dead letters", "DeadLetterStore", "WithDeadLetters")
)

func missing(what, port, option string) error {
	return fmt.Errorf("%w: this store has no %s: implement ports.%s or pass application.%s", ports.ErrInternal, what, port, option)
}

func (absent) Expire(context.Context, time.Time) (int, error) { return 0, errNoMaintenance }
func (absent) Purge(context.Context, time.Time) (int, error)  { return 0, errNoMaintenance }
func (absent) Republish(context.Context, domain.TenantID, time.Time) (int, error) {
	return 0, errNoMaintenance
}

func (absent) Forget(context.Context, domain.TenantID, domain.LearnerID, domain.LearnerID) (ports.Forgotten, error) {
	return ports.Forgotten{}, errNoErasure
}

func (absent) PutDeadLetters(context.Context, domain.TenantID, []ports.DeadLetter) error {
	return errNoDeadLetters
}

func (absent) ListDeadLetters(context.Context, domain.TenantID, ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return nil, errNoDeadLetters
}

func (absent) DeleteDeadLetters(context.Context, domain.TenantID, []string) error {
	return errNoDeadLetters
}
