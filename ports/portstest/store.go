package portstest

import (
	"slices"
	"testing"

	"example.com/roster/ports"
)

// An Open returns a fresh, empty store, and closes it with t.
type Open func(t testing.TB) ports.Store

// A Case is one promise of a port.
type Case struct {
	Name string
	Rule string // from the port's comments
	Run  func(t testing.TB, open Open)
}

// TestStore holds the stores that open returns to the contract of [ports.Store].
func TestStore(t *testing.T, open Open) {
	for _, c := range StoreCases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule: %s", c.Rule)
				}
			})
			c.Run(t, open)
		})
	}
}

// StoreCases returns the cases of [TestStore].
func StoreCases() []Case {
	return slices.Concat(updateCases, raceCases, keyCases, readCases, upkeepCases)
}
