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

func TestTurns(t *testing.T) {
	t.Parallel()
	portstest.TestTurns(t, func(testing.TB) (one, other ports.Locker) {
		s := memstore.New()
		return s, s
	})
}
