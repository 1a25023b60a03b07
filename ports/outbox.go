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
}

// A CourseRef names a course of a tenant. The order of references is by tenant, then by course, both by bytes.
type CourseRef struct {
	Tenant domain.TenantID
	Course domain.CourseID
}

// An Outbox is the journals of all tenants as the relay sees them: how far each is published. A course's sequence has no gap and
// grows in commit order. So one number per course is enough, and an entry that commits late is never skipped.
type Outbox interface {
	// Unpublished returns messages that are committed and unpublished, at most limit: of the courses after a reference, in
	// their order, and of each course the first ones in order of sequence. If it returns fewer than limit, there are no more.
	Unpublished(ctx context.Context, after CourseRef, limit int) ([]Message, error)
	// UnpublishedOf returns what [Outbox.Unpublished] would return of these courses alone, at most limit.
	UnpublishedOf(ctx context.Context, courses []CourseRef, limit int) ([]Message, error)
	// MarkPublished marks messages as published. They must be what one of these methods returned, in that order. It must skip a
	// message if an earlier one of its course is unpublished, as after [MaintenanceStore.Republish].
	MarkPublished(ctx context.Context, messages []Message) error
	// Backlog returns what is committed and unpublished.
	Backlog(ctx context.Context) (Backlog, error)
	// Await returns when something may have been committed since the last Await returned, by this process or, if the store is
	// notified of it, by another; at the latest after atMost, or when ctx ends. It returns the courses that may have changed,
	// or none if any course may have.
	Await(ctx context.Context, atMost time.Duration) []CourseRef
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
	//  3. The context of fn must end with ctx, and when the lock is lost because the store is.
	//  4. If the lock can't be acquired, or ctx ends first, the error must wrap [ErrUnavailable], and fn is not called.
	WithLock(ctx context.Context, name string, fn func(context.Context) error) error
}
