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

// An OpenMaintenance returns a new, empty store, and closes it with t.
type OpenMaintenance func(t testing.TB) MaintenanceStore

// TestMaintenance tests the stores that open returns against the contract of [ports.MaintenanceStore].
func TestMaintenance(t *testing.T, open OpenMaintenance) { test(t, MaintenanceCases(), open) }

// MaintenanceCases returns the cases of [TestMaintenance].
func MaintenanceCases() []Case[OpenMaintenance] {
	return slices.Concat(expireCases, purgeCases, republishCases)
}

var expireCases = []Case[OpenMaintenance]{
	{"expire", "Expire removes the replies of all tenants that were saved before a time", expire},
	{"expire all tenants'", "Expire removes the replies of all tenants", expireAllTenants},
	{"expire many", "It returns how many it removed before it ended or failed.", expireMany},
}

type maintenance struct {
	*outbox
	ports.MaintenanceStore
}

func newMaintenance(t testing.TB, open OpenMaintenance) *maintenance {
	s := open(t)
	return &maintenance{newOutbox(t, func(testing.TB) OutboxStore { return s }), s}
}

func (f *maintenance) expires(before time.Time, want int) {
	f.Helper()
	removed, err := f.Expire(f.ctx(), before)
	f.must(err)
	if removed != want {
		f.Errorf("%d replies expired, want %d", removed, want)
	}
}

func expire(t testing.TB, open OpenMaintenance) {
	f := newMaintenance(t, open)
	f.put("c", 1)
	f.enroll("c", "ada")
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	ages := []time.Duration{-time.Hour, -time.Second, -1500 * time.Microsecond, -time.Microsecond, 0, time.Microsecond, time.Hour}
	keys := make([]ports.IdempotencyKey, len(ages))
	for i, age := range ages {
		record := f.record(fmt.Sprint("k", i), "f", f.outcomes()...)
		record.At = noon.Add(age)
		keys[i] = record.IdempotencyKey
		f.saveReply(tenant, record)
	}
	f.expires(noon.Add(-2*time.Hour), 0)
	f.expires(noon.In(time.FixedZone("", 7200)), 4) // in another time zone
	for i, record := range f.loadReplies(tenant, keys...) {
		if exists := record.Fingerprint != ""; exists != (ages[i] >= 0) {
			t.Errorf("the reply saved %v from the time exists: %v", ages[i], exists)
		}
	}
	f.saveReply(tenant, f.record("k0", "another")) // the key is free
	if again := f.loadReplies(tenant, keys[0])[0]; again.Fingerprint != "another" {
		t.Errorf("under the key that was free is %+v", again)
	}
	f.audit("c")
}

func expireAllTenants(t testing.TB, open OpenMaintenance) {
	f := newMaintenance(t, open)
	tenants := []domain.TenantID{tenant, "other", "third"}
	for _, owner := range tenants {
		f.saveReply(owner, f.record("k", "f"))
	}
	f.expires(f.at.Add(time.Second), len(tenants))
	for _, owner := range tenants {
		if record := f.loadReplies(owner, ports.IdempotencyKey{Subject: subject, Name: "k"})[0]; record.Fingerprint != "" {
			t.Errorf("tenant %q still has %+v", owner, record)
		}
	}
}

func expireMany(t testing.TB, open OpenMaintenance) {
	const many = 2001
	f := newMaintenance(t, open)
	f.must(f.store.Update(f.ctx(), ports.Need{Tenant: tenant}, func(ports.Loaded) (c ports.Changes, _ error) {
		for i := range many {
			c.Replies = append(c.Replies, f.record(fmt.Sprint("k", i), "f"))
		}
		return c, nil
	}))
	removed := make([]int, 2)
	together(len(removed), func(i int) { // as two schedules do
		n, err := f.Expire(f.ctx(), f.at.Add(time.Second))
		if err != nil {
			t.Errorf("Expire: %v", err)
		}
		removed[i] = n
	})
	if removed[0]+removed[1] != many {
		t.Errorf("two concurrent calls removed %v, want %d in all", removed, many)
	}
	f.expires(f.at.Add(time.Second), 0)
}
