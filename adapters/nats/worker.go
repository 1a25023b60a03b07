package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

type handler = func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)

// A worker is one call of Work.
type worker struct {
	ctx         context.Context
	bus         *Bus
	handle      handler
	membership  *lease
	owned       map[int]*ownedPartition
	uncertain   map[int]*lease // whose acquisition was not answered
	losses      map[int]loss
	released    chan *ownedPartition
	unavailable bool // the broker, at the last heartbeat; a change is logged once
}

// Work implements [ports.Queue]. It waits until the broker is available, and never returns an error.
//
// In all processes, one worker at a time owns a partition, and each worker owns its share of them.
//
// Terms. A worker is one call of Work. A lease is a message in ROSTER_PARTITIONS that expires unless its owner renews it. A
// membership is the lease by which a worker shows the others that it exists; a partition's lease shows its owner. A heartbeat
// renews the membership, counts the workers and adjusts what this worker owns. The share of a worker is the number of partitions
// divided by the number of workers, rounded up for those whose ids come first.
//
// States of a partition, as a worker sees it:
//
//   - Free: the partition has no lease. A worker that owns less than its share acquires the lease at its next heartbeat.
//   - Owned: the owner renews the lease, creates a consumer of its own and handles batch after batch. It replaces the consumer of
//     the previous owner, so delivery starts with the first command that is not done.
//   - Releasing: the worker owns more than its share, or its ctx has ended. When the running handler has returned, the worker
//     releases the lease.
//   - Lost: the lease was not renewed in time, or the consumer failed. The handler's ctx ends when the lease may expire. The
//     partition is free when the lease is released or has expired, and any worker acquires it then: this one after a backoff.
//
// Failure. A worker that dies leaves its leases, which expire after leaseTime; then the other workers acquire its partitions and
// get its unfinished batches again. A worker that can't reach the broker stops counting on its leases before they expire. So no
// partition has two owners, as long as the handler returns soon after its ctx ends. If the handler returns an error, the same batch
// is handled again after a backoff.
func (b *Bus) Work(ctx context.Context, handle handler) error {
	id := rand.Text()
	w := &worker{
		ctx: ctx, bus: b, handle: handle, membership: &lease{bus: b, subject: workerSubject(id), owner: id},
		owned: make(map[int]*ownedPartition), uncertain: make(map[int]*lease), losses: make(map[int]loss), released: make(chan *ownedPartition),
	}
	ticker := time.NewTicker(b.timings.heartbeat())
	defer ticker.Stop()
	for ctx.Err() == nil {
		w.logState(w.heartbeat())
		select {
		case p := <-w.released:
			delete(w.owned, p.number)
			w.losses[p.number] = p.loss
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	for len(w.owned) > 0 {
		delete(w.owned, (<-w.released).number)
	}
	w.membership.release()
	return nil
}

// logState logs when the worker can't reach the queue, and when it can again.
func (w *worker) logState(err error) {
	switch {
	case w.ctx.Err() != nil:
	case err != nil && !w.unavailable:
		w.bus.log.Warn("queue unavailable, commands wait", "error", err)
	case err == nil && w.unavailable:
		w.bus.log.Info("queue available again")
	}
	w.unavailable = err != nil
}

// heartbeat renews the membership and acquires or releases partitions. It continues when the worker's ctx ends: a lease that is
// acquired without the worker's knowledge would block every other worker.
func (w *worker) heartbeat() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), requestTimeout)
	defer cancel()
	stream, err := w.bus.stream(ctx, leaseStream)
	if err != nil {
		return err
	}
	if time.Since(w.membership.renewedAt) > w.bus.timings.renewal() {
		err := w.membership.renew(ctx)
		if errors.Is(err, errTaken) { // it has expired
			w.membership.sequence = 0
			err = w.membership.renew(ctx)
		}
		if err != nil {
			return err
		}
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return w.bus.unavailable("list the leases in "+leaseStream, err)
	}
	first, share := w.share(info.State.Subjects)
	kept := w.kept()
	for _, p := range kept[min(share, len(kept)):] {
		p.release()
	}
	return w.acquire(context.WithoutCancel(w.ctx), first, share-len(kept), info.State.Subjects) // each lease has a time limit of its own
}

// share returns how many partitions this worker should own, and the first one that it tries. Workers that start together try
// different ones first.
func (w *worker) share(subjects map[string]uint64) (first, share int) {
	workers := []string{w.membership.subject}
	for s := range subjects {
		if strings.HasPrefix(s, workerSubject("")) && s != w.membership.subject {
			workers = append(workers, s)
		}
	}
	slices.Sort(workers)
	rank, n := slices.Index(workers, w.membership.subject), len(workers)
	return rank * ports.Partitions / n, (ports.Partitions - rank + n - 1) / n
}

// kept returns the partitions that the worker owns and is not releasing.
func (w *worker) kept() (kept []*ownedPartition) {
	for _, p := range w.owned {
		if !p.releasing() {
			kept = append(kept, p)
		}
	}
	return kept
}

// acquire acquires n free partitions, or as many as there are.
func (w *worker) acquire(ctx context.Context, first, n int, subjects map[string]uint64) error {
	for i := range ports.Partitions {
		number := (first + i) % ports.Partitions
		l := w.uncertain[number]
		if l == nil {
			l = &lease{bus: w.bus, subject: leaseSubject(strconv.Itoa(number)), owner: w.membership.owner}
		}
		if _, leased := subjects[l.subject]; leased && !l.uncertain || n <= 0 || w.owned[number] != nil || time.Now().Before(w.losses[number].until) {
			continue
		}
		err := l.renew(ctx)
		if l.uncertain {
			w.uncertain[number] = l
			return err
		}
		delete(w.uncertain, number)
		if err == nil {
			w.owned[number] = w.own(number, l)
			n--
		}
	}
	return nil
}
