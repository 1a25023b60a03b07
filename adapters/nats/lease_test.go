package nats_test

import (
	"testing"
	"time"

	"example.com/roster/adapters/nats"
)

// If the broker stores a lease, and its answer is late, the worker still owns the lease: it neither takes it for another's, nor blocks
// the partition until it expires. Another worker's lease stays another's.
func TestUnansweredLeaseIsOwned(t *testing.T) {
	t.Parallel()
	b := startBroker(t, t.TempDir())
	bus := connectWith(t, b.URL(), nats.LeaseTime(time.Hour))
	if err := bus.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine, other := nats.NewLease(bus, "3", "me"), nats.NewLease(bus, "3", "other")
	for _, acquired := range []bool{false, true} {
		if err := mine.Unanswered(t.Context()); err != nil {
			t.Fatal(err)
		}
		if taken, err := mine.Renew(t.Context()); err != nil {
			t.Errorf("acquired %t: taken %t, %v", acquired, taken, err)
		}
	}
	if taken, err := other.Renew(t.Context()); !taken {
		t.Errorf("another worker took the lease: %v", err)
	}
	if err := nats.NewLease(bus, "4", "me").Unanswered(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := nats.NewLease(bus, "4", "other")
	if err := late.Unanswered(t.Context()); err == nil {
		t.Fatal("two workers stored a lease of one partition")
	}
	if taken, err := late.Renew(t.Context()); !taken {
		t.Errorf("a worker owns what another has stored: %v", err)
	}
}
