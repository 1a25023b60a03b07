package portstest

import (
	"slices"
	"testing"

	"example.com/roster/ports"
)

// An Open returns a new, empty store, and closes it with t.
type Open func(t testing.TB) ports.Store

// TestStore tests the stores that open returns against the contract of [ports.Store].
func TestStore(t *testing.T, open Open) { test(t, StoreCases(), open) }

// StoreCases returns the cases of [TestStore].
func StoreCases() []Case[Open] {
	return slices.Concat(updateCases, renameCases, rollbackCases, raceCases, keyCases, readCases)
}
