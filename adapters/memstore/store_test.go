package memstore_test

import (
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	portstest.TestStore(t, func(testing.TB) ports.Store { return memstore.New() })
}

func TestFailedCommit(t *testing.T) {
	portstest.TestFailedCommit(t, func(_ testing.TB, commit func() error) ports.Store {
		return memstore.New(memstore.WithCommit(commit))
	})
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	portstest.TestOutbox(t, func(testing.TB) portstest.OutboxStore { return memstore.New() })
}

func TestMaintenance(t *testing.T) {
	t.Parallel()
	portstest.TestMaintenance(t, func(testing.TB) portstest.MaintenanceStore { return memstore.New() })
}

func TestErasure(t *testing.T) {
	t.Parallel()
	portstest.TestErasure(t, func(testing.TB) portstest.ErasureStore { return memstore.New() })
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	portstest.TestDeadLetters(t, func(testing.TB) ports.DeadLetterStore { return memstore.New() })
}

func TestLocker(t *testing.T) {
	t.Parallel()
	portstest.TestLocker(t, func(testing.TB) (one, other ports.Locker) {
		s := memstore.New()
		return s, s
	})
}
