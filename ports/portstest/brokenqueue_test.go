package portstest_test

import (
	"context"
	"slices"
	"strings"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Buses whose queue is broken on purpose.

// A tampered bus changes what handle gets or returns.
type tampered struct {
	whole
	tamper func(handle) handle
}

func (b tampered) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, b.tamper(handle))
}

// delivering returns a bus that changes the commands that it delivers.
func delivering(change func(*ports.QueuedCommand)) func(whole) bus {
	return func(b whole) bus {
		return tampered{b, func(handle handle) handle {
			return func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
				queued = slices.Clone(queued)
				for i := range queued {
					change(&queued[i])
				}
				return handle(ctx, queued)
			}
		}}
	}
}

type end = func(context.Context, []ports.QueuedCommand, []ports.Reply, error) ([]ports.Reply, error)

// returning returns a bus that changes what handle returned.
func returning(end end) func(whole) bus {
	return func(b whole) bus {
		return tampered{b, func(handle handle) handle {
			return func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
				replies, err := handle(ctx, queued)
				return end(ctx, queued, replies, err)
			}
		}}
	}
}

// noKey removes the key.
func noKey(l *ports.QueuedCommand) { l.Command.Key = strings.TrimPrefix(l.Command.Key, l.ID) }

// partitionOfTheLast chooses the partition of a command by its last action.
type partitionOfTheLast struct{ bus }

func (b partitionOfTheLast) Send(ctx context.Context, commands []ports.Command) (int, error) {
	queued := make([]ports.QueuedCommand, len(commands))
	reversed := make([]ports.Command, len(commands))
	for i, c := range commands {
		queued[i].Command = c
		reverseActions(&queued[i])
		reversed[i] = queued[i].Command
	}
	return b.bus.Send(ctx, reversed)
}

func reverseActions(l *ports.QueuedCommand) {
	l.Command.Actions = slices.Clone(l.Command.Actions)
	slices.Reverse(l.Command.Actions)
}

// dropsFailed takes failed commands as done.
func dropsFailed(_ context.Context, queued []ports.QueuedCommand, _ []ports.Reply, _ error) ([]ports.Reply, error) {
	return make([]ports.Reply, len(queued)), nil
}

// dropsCancelled takes commands as done if their worker is cancelled.
func dropsCancelled(ctx context.Context, queued []ports.QueuedCommand, replies []ports.Reply, err error) ([]ports.Reply, error) {
	if ctx.Err() != nil {
		return make([]ports.Reply, len(queued)), nil
	}
	return replies, err
}

// neverDone delivers commands again though they are done.
func neverDone(context.Context, []ports.QueuedCommand, []ports.Reply, error) ([]ports.Reply, error) {
	return nil, ports.ErrUnavailable
}

// acknowledgesFirst takes commands as done when it delivers them.
type acknowledgesFirst struct{ whole }

func (b acknowledgesFirst) Work(ctx context.Context, handle handle) error {
	var handles sync.WaitGroup
	defer handles.Wait()
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		handles.Go(func() { _, _ = handle(ctx, queued) })
		return make([]ports.Reply, len(queued)), nil
	})
}

// callsTwoHandles calls two handles for one partition.
type callsTwoHandles struct{ whole }

func (b callsTwoHandles) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) (replies []ports.Reply, err error) {
		var handles sync.WaitGroup
		defer handles.Wait()
		handles.Go(func() { _, _ = handle(ctx, queued) })
		return handle(ctx, queued)
	})
}

// failedToTheBack delivers failed commands after later ones.
type failedToTheBack struct {
	whole
	mu     sync.Mutex
	failed map[domain.CourseID][]ports.QueuedCommand
}

func (b *failedToTheBack) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		on := queued[0].Command.Actions[0].CourseID()
		b.mu.Lock()
		again := slices.Concat(queued, b.failed[on])
		b.mu.Unlock()
		_, err := handle(ctx, again)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.failed[on] = nil; err != nil {
			b.failed[on] = again
		}
		return make([]ports.Reply, len(queued)), nil
	})
}

// losesFirstFailed loses the first of the failed commands.
type losesFirstFailed struct{ whole }

func (b losesFirstFailed) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		if first := queued[0]; first.Attempts > 1 && len(queued) > 1 {
			queued = queued[1:]
		}
		replies, err := handle(ctx, queued)
		return append(replies, ports.Reply{}), err
	})
}

// oneByOne delivers one command in each call.
type oneByOne struct{ whole }

func (b oneByOne) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) (replies []ports.Reply, err error) {
		for i := range queued {
			reply, err := handle(ctx, queued[i:i+1])
			if err != nil {
				return nil, err
			}
			replies = append(replies, reply...)
		}
		return replies, nil
	})
}

// oneHandleForAll calls one handle at a time for all partitions.
type oneHandleForAll struct {
	whole
	lock chan bool
}

func (b oneHandleForAll) Work(ctx context.Context, handle handle) error {
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		b.lock <- true
		defer func() { <-b.lock }()
		return handle(ctx, queued)
	})
}

// firstWorkerOnly gives all partitions to the first worker.
type firstWorkerOnly struct {
	whole
	lock chan bool
}

func (b firstWorkerOnly) Work(ctx context.Context, handle handle) error {
	select {
	case b.lock <- true:
		defer func() { <-b.lock }()
		return b.whole.Work(ctx, handle)
	case <-ctx.Done():
		return nil
	}
}

// keepsPartitions does not hand over the partitions of a worker that stopped.
type keepsPartitions struct {
	whole
	stopped chan bool
}

func (b keepsPartitions) Work(ctx context.Context, handle handle) error {
	defer func() { b.stopped <- true }()
	return b.whole.Work(ctx, func(ctx context.Context, queued []ports.QueuedCommand) ([]ports.Reply, error) {
		if len(b.stopped) > 0 {
			<-ctx.Done()
			return nil, ports.ErrUnavailable
		}
		return handle(ctx, queued)
	})
}

// abandonsHandles does not wait for its handles.
type abandonsHandles struct{ whole }

func (b abandonsHandles) Work(ctx context.Context, handle handle) error {
	go b.whole.Work(ctx, handle)
	<-ctx.Done()
	return nil
}
