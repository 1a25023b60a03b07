package portstest

import (
	"slices"
	"testing"

	"example.com/roster/ports"
)

// A Bus is a broker as one process sees it, with what a case needs to inspect it.
type Bus struct {
	ports.Publisher
	ports.Queue
	Join      func(t testing.TB) ports.Queue     // the same queue as another process sees it
	Published func(t testing.TB) []ports.Message // all messages that the broker holds, in order
	Purge     func(t testing.TB)                 // removes these messages; the broker may still know their ids
	Replied   func(t testing.TB) []string        // keys of the commands that have a reply, in order
}

// An OpenBus returns a new, empty bus, and closes it with t.
type OpenBus func(t testing.TB) Bus

// TestBus tests the buses that open returns against the contracts of [ports.Publisher] and [ports.Queue].
func TestBus(t *testing.T, open OpenBus) { test(t, BusCases(), open) }

// BusCases returns the cases of [TestBus].
func BusCases() []Case[OpenBus] {
	return slices.Concat(publishCases, heldCases, queueCases, redeliveryCases, workerCases)
}
