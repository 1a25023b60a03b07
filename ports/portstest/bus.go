package portstest

import (
	"slices"
	"testing"

	"example.com/roster/ports"
)

// A Bus is a broker as one process sees it, and the case that looks behind.
type Bus struct {
	ports.Publisher
	ports.Queue
	Join      func(t testing.TB) ports.Queue     // the same queue as another process sees it
	Published func(t testing.TB) []ports.Message // all that the broker holds, in its order
	Replied   func(t testing.TB) []string        // keys of the commands that were answered, in order
}

// An OpenBus returns a fresh, empty bus, and closes it with t.
type OpenBus func(t testing.TB) Bus

// TestBus holds the buses that open returns to the contracts of [ports.Publisher] and [ports.Queue].
func TestBus(t *testing.T, open OpenBus) { test(t, BusCases(), open) }

// BusCases returns the cases of [TestBus].
func BusCases() []Case[OpenBus] {
	return slices.Concat(publishCases, queueCases, redeliveryCases, workerCases)
}
