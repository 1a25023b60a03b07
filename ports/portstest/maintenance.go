package portstest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A MaintenanceStore is a store that can be maintained. It has an outbox, since only what is published may be purged.
type MaintenanceStore interface {
	OutboxStore
	ports.MaintenanceStore
}

// An OpenMaintenance returns a fresh, empty store, and closes it with t.
type OpenMaintenance func(t testing.TB) MaintenanceStore

// TestMaintenance holds the stores that open returns to the contract of [ports.MaintenanceStore].
func TestMaintenance(t *testing.T, open OpenMaintenance) { test(t, MaintenanceCases(), open) }

// MaintenanceCases returns the cases of [TestMaintenance].
func MaintenanceCases() []Case[OpenMaintenance] {
	return slices.Concat(expireCases, purgeCases, republishCases)
}

var expireCases = []Case[OpenMaintenance]{
	{"expire", "Expire removes the replies that were kept before a time, and returns how many", expire},
	{"expire everybody's", "Expire removes the replies of all tenants", expireEverybodys},
	{"expire many", "a bounded number in a transaction, and all that there are", expireMany},
}

type maintenance struct {
	*outbox
	ports.MaintenanceStore
}

func newMaintenance(t testing.TB, open OpenMaintenance) *maintenance {
	s := open(t)
	return &maintenance{newOutbox(t, func(testing.TB) OutboxStore { return s }), s}
}

func (w *maintenance) expires(before time.Time, want int) {
	w.Helper()
	removed, err := w.Expire(w.ctx(), before)
	w.must(err)
	if removed != want {
		w.Errorf("%d replies expired, want %d", removed, want)
	}
}

func expire(t testing.TB, open OpenMaintenance) {
	w := newMaintenance(t, open)
	w.put("c", 1)
	w.enroll("c", "ada")
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	ages := []time.Duration{-time.Hour, -time.Second, -1500 * time.Microsecond, -time.Microsecond, 0, time.Microsecond, time.Hour}
	keys := make([]ports.IdempotencyKey, len(ages))
	for i, age := range ages {
		kept := w.kept(fmt.Sprint("k", i), "f", w.outcomes()...)
		kept.At = noon.Add(age)
		keys[i] = kept.IdempotencyKey
		w.keep(tenant, kept)
	}
	w.expires(noon.Add(-2*time.Hour), 0)
	w.expires(noon.In(time.FixedZone("", 7200)), 4) // whatever the clock's zone
	for i, kept := range w.replies(tenant, keys...) {
		if there := kept.Fingerprint != ""; there != (ages[i] >= 0) {
			t.Errorf("the reply kept %v from the time is there: %v", ages[i], there)
		}
	}
	w.keep(tenant, w.kept("k0", "another")) // the key is free
	if again := w.replies(tenant, keys[0])[0]; again.Fingerprint != "another" {
		t.Errorf("under the key that was freed lies %+v", again)
	}
	w.audit("c")
}

func expireEverybodys(t testing.TB, open OpenMaintenance) {
	w := newMaintenance(t, open)
	tenants := []domain.TenantID{tenant, "other", "third"}
	for _, whose := range tenants {
		w.keep(whose, w.kept("k", "f"))
	}
	w.expires(w.at.Add(time.Second), len(tenants))
	for _, whose := range tenants {
		if kept := w.replies(whose, ports.IdempotencyKey{Subject: subject, Name: "k"})[0]; kept.Fingerprint != "" {
			t.Errorf("tenant %q still has %+v", whose, kept)
		}
	}
}

func expireMany(t testing.TB, open OpenMaintenance) {
	const many = 2001
	w := newMaintenance(t, open)
	w.must(w.store.Update(w.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (c ports.Changes, _ error) {
		for i := range many {
			c.Replies = append(c.Replies, w.kept(fmt.Sprint("k", i), "f"))
		}
		return c, nil
	}))
	removed := make([]int, 2)
	together(len(removed), func(i int) { // two schedules at once
		n, err := w.Expire(w.ctx(), w.at.Add(time.Second))
		if err != nil {
			t.Errorf("Expire: %v", err)
		}
		removed[i] = n
	})
	if removed[0]+removed[1] != many {
		t.Errorf("two at once removed %v, want %d in all", removed, many)
	}
	w.expires(w.at.Add(time.Second), 0)
}
