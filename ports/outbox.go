package ports

import (
	"context"
	"time"

	"example.com/roster/domain"
)

// A Message is an entry of a tenant's journal, to be published.
type Message struct {
	Tenant domain.TenantID
	Entry
	Republication int64 // 0 at first; else the number of the [MaintenanceStore.Republish] that publishes it again
}

// Ref returns which event the message has.
func (m Message) Ref() EventRef {
	return EventRef{CourseRef{m.Tenant, m.Course}, m.Sequence, m.ID, m.At}
}

// A CourseRef names a course of a tenant.
type CourseRef struct {
	Tenant domain.TenantID
	Course domain.CourseID
}

// An EventRef identifies an event: two histories of a course may have different events of one sequence.
type EventRef struct {
	CourseRef
	Sequence int64
	ID       string // empty if there is no such event
	At       time.Time
}

// An OutboxRecord is messages that were committed together. It exists until it is marked as published. Records of one course are in
// order of commit.
type OutboxRecord struct {
	ID       int64
	Messages []Message // in order of sequence per course
}

// An Outbox is the journals of all tenants as the relay sees them. Finding what is unpublished takes time in proportion to that
// alone, however much is published.
type Outbox interface {
	// Unpublished returns the first records that are committed and unpublished: as few as have limit messages together, or all. A
	// record that commits late is never skipped. Entries that a purge has removed are left out.
	Unpublished(ctx context.Context, limit int) ([]OutboxRecord, error)
	// MarkPublished marks records, which Unpublished returned, as published.
	MarkPublished(ctx context.Context, records []OutboxRecord) error
	// LastPublished returns the last event of the records that were marked last.
	LastPublished(ctx context.Context) (EventRef, error)
	// HasEvent reports whether the event is part of its course's journal, or of the history before a purge.
	HasEvent(ctx context.Context, event EventRef) (bool, error)
	// Backlog returns what is committed and unpublished.
	Backlog(ctx context.Context) (Backlog, error)
	// Await returns when something may have been committed since the last Await returned, by this process or, if the store is
	// notified of it, by another; at the latest after atMost, or when ctx ends.
	Await(ctx context.Context, atMost time.Duration)
}

// A Backlog is what is still to be published.
type Backlog struct {
	Messages int
	Oldest   time.Time // when the first of them happened; zero if there are none
}

// A Locker lets one process at a time do what two must not do at once.
type Locker interface {
	// WithLock waits until no process on the same store holds the lock of that name, calls fn, and returns fn's error.
	//  1. Locks of different names must not wait for each other.
	//  2. The lock must be released when fn returns or panics, and when its process ends in any way. A panic goes on.
	//  3. The context of fn must end when ctx ends, and when the connection that holds the lock is lost.
	//  4. If the lock can't be acquired, or ctx ends first, the error must wrap [ErrUnavailable], and fn is not called.
	WithLock(ctx context.Context, name string, fn func(context.Context) error) error
}
