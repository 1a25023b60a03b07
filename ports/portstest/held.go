package portstest

import (
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var heldCases = []Case[OpenBus]{
	{"held when acknowledged", "The broker must hold each acknowledged message.", heldWhenAcknowledged},
	{"republications", "A message with a new Republication must arrive even if its event arrived before.", republications},
	{"latest", "Latest returns the event of the last message that the broker holds", latest},
	{"holds", "Holds reports whether the broker holds the event, or a later one of its course.", holds},
	{"holds unusual ids", "Holds reports whether the broker holds the event, or a later one of its course.", holdsUnusualIDs},
}

// heldWhenAcknowledged publishes messages again that a purge has removed, among others.
func heldWhenAcknowledged(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	messages := b.messages(80, 3)
	b.publish(messages[:60]...)
	b.Purge(t)
	b.publish(messages[20:40]...) // the acknowledgement was lost
	b.publish(messages[30:50]...) // some of them are held
	b.requirePublished(messages[20:50]...)
	b.Purge(t)
	b.Purge(t)
	b.publish(messages[40:]...) // the ones after 60 are new
	b.requirePublished(messages[40:]...)
}

func republications(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	all := b.messages(40, 3)
	messages := all[:30]
	b.publish(messages...)
	for number := range int64(2) {
		for i := range messages {
			messages[i].Republication = number + 1
		}
		before := len(b.Published(t))
		b.publish(messages...)
		arrived := b.Published(t)[before:]
		if len(arrived) != len(messages) {
			t.Fatalf("%d messages arrived again, want %d", len(arrived), len(messages))
		}
		b.requirePrefix(messages, arrived)
	}
	b.publish(messages...) // the acknowledgement was lost
	b.publish(all[30:]...)
	b.requirePublished(all...)
}

func (b *bus) requireLatest(want ports.EventRef) {
	b.Helper()
	got, err := b.Latest(b.ctx())
	if got.At = got.At.UTC(); err != nil || got != want {
		b.Errorf("the latest event is %+v, want %+v: %v", got, want, err)
	}
}

func latest(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	b.requireLatest(ports.EventRef{})
	messages := b.messages(9, 3)
	b.publish(messages...)
	b.requireLatest(messages[8].Ref())
	messages[2].Republication = 1
	b.publish(messages[2])
	b.requireLatest(messages[2].Ref())
	b.Purge(t)
	b.requireLatest(ports.EventRef{})
	b.publish(messages[:5]...)
	b.requireLatest(messages[4].Ref())
}

func (b *bus) requireHolds(event ports.EventRef, want bool) {
	b.Helper()
	if got, err := b.Holds(b.ctx(), event); got != want || err != nil {
		b.Errorf("the broker holds %+v: %v, want %v: %v", event, got, want, err)
	}
}

// holds is of events that happened now, so none has expired.
func holds(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	b.at = time.Now().UTC().Truncate(time.Microsecond)
	messages := b.messages(9, 3)
	b.requireHolds(messages[0].Ref(), false)
	b.publish(messages[:6]...)
	for i, m := range messages {
		b.requireHolds(m.Ref(), i < 6)
	}
	otherHistory, otherTenant := messages[5].Ref(), messages[5].Ref()
	otherHistory.ID, otherTenant.Tenant = newID(), "u"
	b.requireHolds(otherHistory, false)
	b.requireHolds(otherTenant, false)
	b.Purge(t)
	b.requireHolds(messages[5].Ref(), false)
	b.publish(messages[7]) // the last one of its course
	for i, m := range messages {
		b.requireHolds(m.Ref(), i%3 == 1)
	}
}

func holdsUnusualIDs(t testing.TB, open OpenBus) {
	b := newBus(t, open)
	b.at = time.Now().UTC().Truncate(time.Microsecond)
	for _, owner := range []domain.TenantID{"T", "a-b_C-9"} {
		for _, id := range oddCourses {
			m := b.message(id, 1)
			m.Tenant = owner
			b.requireHolds(m.Ref(), false)
			b.publish(m)
			b.requireHolds(m.Ref(), true)
		}
	}
}
