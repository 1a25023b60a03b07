package ports

import (
	"context"
	"hash/fnv"

	"example.com/roster/domain"
)

// A Publisher sends events to other systems.
type Publisher interface {
	// Publish sends messages, any number, in order. It returns how many of the first the broker has acknowledged.
	//  1. A message must arrive as it is, with every field.
	//  2. If fewer than all are acknowledged, Publish must return an error that wraps [ErrUnavailable] or [ErrInternal].
	//  3. If a message does not arrive, no later one may arrive, so messages of a course are in order of sequence.
	//  4. A message that was not acknowledged may have arrived. One that is sent again may arrive again: consumers recognize it
	//     by its ID.
	//  5. The broker must hold each acknowledged message. A message with a new Republication must arrive even if its event arrived before.
	//  6. Only one sender may call Publish at a time.
	Publish(ctx context.Context, messages []Message) (int, error)
	// Latest returns the event of the last message that the broker holds, or [ErrForbidden] if the sender may not read it.
	Latest(ctx context.Context) (EventRef, error)
	// Holds reports whether the broker holds the event, or a later one of its course. It need not hold one that has expired.
	Holds(ctx context.Context, event EventRef) (bool, error)
}

// Partitions is how many parts the queue has. All commands on a course are in one partition, in order. A command of several actions
// counts as one on the course of its first action.
const Partitions = 16

// PartitionOf returns the partition of a course: the 32-bit FNV-1a hash of its id, modulo [Partitions].
func PartitionOf(id domain.CourseID) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id)) // never fails
	return int(hash.Sum32() % Partitions)
}

// A Queue holds commands until they are done.
type Queue interface {
	// Send adds commands, any number, in order: each has one action, or is all or nothing. It returns how many of the first the queue
	// has acknowledged.
	//  1. A command must arrive as it is, but of By only the tenant is sent.
	//  2. If fewer than all are acknowledged, Send must return an error that wraps [ErrUnavailable] or [ErrInternal]. It must wrap
	//     [domain.ErrInvalidArgument] if the tenant or an action of the next command is invalid, or an action is a [PutCourse].
	//  3. A command that was not acknowledged may be in the queue.
	Send(ctx context.Context, commands []Command) (int, error)

	// Work calls handle with waiting commands of one partition, until ctx ends and handle has returned. It returns an error
	// only if it could not start.
	//  1. A call gets as many commands as wait in the partition, at most [MaxActions]. Partitions are handled concurrently.
	//  2. In all processes on the queue, a partition must be with one handle at a time, in order. The partitions must be
	//     shared among those processes.
	//  3. If handle returns no error, its replies, one per command, are sent to the readers of replies, and the commands are done.
	//  4. If handle returns an error, or the process ends, the commands must be delivered again: all of them, before any
	//     later ones. A command may be delivered again after it was done.
	//  5. handle must return soon after its ctx has ended: the partition may be with another process by then.
	Work(ctx context.Context, handle func(context.Context, []QueuedCommand) ([]Reply, error)) error
}

// A QueuedCommand is a command as the queue delivers it.
type QueuedCommand struct {
	Tenant     domain.TenantID // as the message says, valid or not
	ID         string          // of the message; another message with the same command may have another
	Body       []byte          // the message as received
	Command    Command         // by staff "queue"; its Key is the sender's, else the message's; no Actions if it is unreadable
	Unreadable error           // why it is unreadable; wraps [domain.ErrInvalidArgument]
	Attempts   int             // how often it was delivered, this time included
}
