package ports

import (
	"context"
	"hash/fnv"
	"time"

	"example.com/roster/domain"
)

// A Message is an entry of a tenant's journal on its way to the world.
type Message struct {
	Tenant domain.TenantID
	Entry
}

// A Place is where a course stands among those of all tenants, which are in order of tenant and course, by bytes.
type CourseRef struct {
	Tenant domain.TenantID
	Course domain.CourseID
}

// An Outbox is the journals of all tenants as the relay sees them: what of them has been published. A course's sequence has no
// gap and grows in the order of its commits, so one mark per course tells, and nothing that commits late is passed over.
type Outbox interface {
	// Unpublished returns messages that are committed and not marked, at most limit: of the courses after a place, in their
	// order, of each the first ones in order of sequence. Where it returns fewer, there are no more after that place.
	Unpublished(ctx context.Context, after CourseRef, limit int) ([]Message, error)
	// UnpublishedOf returns what [Outbox.Unpublished] would of these courses alone, at most limit.
	UnpublishedOf(ctx context.Context, courses []CourseRef, limit int) ([]Message, error)
	// MarkPublished marks messages that one of these returned, in that order, as published: those of a course only if
	// all before them on it are marked still, for a [MaintenanceStore.Republish] may have come between.
	MarkPublished(ctx context.Context, messages []Message) error
	// Backlog returns what is committed and not marked.
	Backlog(ctx context.Context) (Backlog, error)
	// Await returns when something may have been committed since the last Await returned, by this process or, where the
	// store hears of it, by another; at the latest after atMost, or when ctx ends. It returns the courses on which that may
	// have been, or none where it may have been on any.
	Await(ctx context.Context, atMost time.Duration) []CourseRef
}

// A Backlog is what waits to be published.
type Backlog struct {
	Messages int
	Oldest   time.Time // when the one that happened first did; zero where there is none
}

// Turns has one process at a time do what two must not do at once.
type Locker interface {
	// Turn waits until nobody has the turn of that name, in any process on the same store, then calls do and returns what it
	// returns. The turn is given back when do returns, or its process ends however. The context of do ends with ctx, and when
	// the turn is lost because the store is. A turn that can't be waited for is [ErrUnavailable].
	WithLock(ctx context.Context, name string, do func(context.Context) error) error
}

// A Publisher tells the world what happened.
type Publisher interface {
	// Publish sends messages and returns how many of the first the broker has acknowledged; fewer than all come with an error
	// that wraps [ErrUnavailable] or [ErrInternal]. What follows one that did not arrive does not arrive either, so messages
	// of a course stand in the order of their sequence. One that was not acknowledged may have arrived all the same, and one
	// that is sent again may arrive again: consumers know it by its ID. One sender at a time.
	Publish(ctx context.Context, messages []Message) (int, error)
}

// Partitions is how many parts the queue has. All commands on a course are in one, in order.
const Partitions = 16

// PartitionOf returns the partition of a course: the 32-bit FNV-1a hash of its id, modulo [Partitions].
func PartitionOf(id domain.CourseID) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // never fails
	return int(hash.Sum32() % Partitions)
}

// A Queue holds commands until they are done.
type Queue interface {
	// Send adds commands of one action each, in order, and returns how many of the first the queue has acknowledged; fewer
	// than all come with an error that wraps [ErrUnavailable], [domain.ErrInvalidArgument] or [ErrInternal]. One that was not
	// acknowledged may be there all the same. The tenant is that of By; who sends is not told.
	Send(ctx context.Context, commands []Command) (int, error)
	// Work hands what waits to handle, as much of a partition at once as waits for it and a few transactions hold, until ctx
	// ends and handle has returned; what waits in different partitions at the same time. In all processes that work on the
	// queue, each partition's letters are with one handle at a time, and in order; the partitions are shared out among them.
	//
	// Where handle returns no error, its replies, one per letter, are sent to who reads replies, and the letters are done.
	// Otherwise, and when the process ends, the letters are handed out again, all of them and before any behind them. A
	// letter may come again after it was done. Its handler must end soon after its ctx has: then the partition may be with
	// another process. Work returns an error only where it could not begin.
	Work(ctx context.Context, handle func(context.Context, []QueuedCommand) ([]Reply, error)) error
}

// A Letter is a command as it came out of a queue.
type QueuedCommand struct {
	Tenant     domain.TenantID // as the message says, right or not
	ID         string          // of the message; another sending of the same command may have another
	Body       []byte          // the message as it came
	Command    Command         // has a Key, that of the message where the sender gave none; no Actions where it can't be read
	Unreadable error           // why it can't be read; wraps [domain.ErrInvalidArgument]
	Attempts   int             // how often it was handed out, this time included
}
