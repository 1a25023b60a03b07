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
