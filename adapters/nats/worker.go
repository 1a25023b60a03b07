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

// leaveTime is how long one who leaves has for telling the broker so.
const leaseRequestTimeout = 2 * time.Second

// A worker is one call of Work.
type worker struct {
	ctx         context.Context
	bus         *Bus
	handle      handler
	membership  *lease
	owned       map[int]*ownedPartition
	released    chan *ownedPartition
	unavailable bool // the broker, when it was last asked; so that it is logged once
}

// Work implements [ports.Queue]. It waits for a broker that is away, and never returns an error.
//
// Workers know of each other by leases: each has one for itself, which tells the others that it is there, and one for each
// partition that it holds. It takes what is free up to its share, and gives up what it has beyond, after the batch that it is at.
func (b *Bus) Work(ctx context.Context, handle handler) error {
	id := rand.Text()
	w := &worker{
		ctx: ctx, bus: b, handle: handle, membership: &lease{bus: b, subject: workerSubject(id), owner: id},
		owned: make(map[int]*ownedPartition), released: make(chan *ownedPartition),
	}
	ticker := time.NewTicker(b.timings.heartbeat())
	defer ticker.Stop()
	for ctx.Err() == nil {
		w.logState(w.heartbeat())
		select {
		case h := <-w.released:
			delete(w.owned, h.partition)
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	for len(w.owned) > 0 {
		delete(w.owned, (<-w.released).partition)
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRequestTimeout)
	defer cancel()
	w.membership.release(leave)
	return nil
}

// tell logs that the worker can't go on, and that it can again.
func (w *worker) logState(err error) {
	switch {
	case w.ctx.Err() != nil:
	case err != nil && !w.unavailable:
		w.bus.log.Warn("the queue can't be reached, and commands wait", "error", err)
	case err == nil && w.unavailable:
		w.bus.log.Info("the queue is there again")
	}
	w.unavailable = err != nil
}

// beat tells that the worker is there, looks who else is, and takes or gives up partitions. What it has begun it ends: a lease
// that was taken and is not known would be in everybody's way.
func (w *worker) heartbeat() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), leaseRequestTimeout)
	defer cancel()
	stream, err := w.bus.stream(ctx, leaseStream)
	if err != nil {
		return err
	}
	if time.Since(w.membership.renewedAt) > w.bus.timings.renewal() {
		err := w.membership.renew(ctx)
		if errors.Is(err, errTaken) { // it was over
			w.membership.sequence = 0
			err = w.membership.renew(ctx)
		}
		if err != nil {
			return err
		}
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return w.bus.unavailable("look who works", err)
	}
	first, share := w.share(info.State.Subjects)
	if missing := share - w.keeping(); missing < 0 {
		w.release(-missing)
	} else if missing > 0 {
		return w.acquire(ctx, first, missing, info.State.Subjects)
	}
	return nil
}

// share returns how many partitions are this worker's, and from which on it looks for them, so that those who begin together
// begin at different ones.
func (w *worker) share(subjects map[string]uint64) (first, share int) {
	var workers []string
	for s := range subjects {
		if strings.HasPrefix(s, workerSubject("")) && s != w.membership.subject {
			workers = append(workers, s)
		}
	}
	workers = append(workers, w.membership.subject)
	slices.Sort(workers)
	rank, n := slices.Index(workers, w.membership.subject), len(workers)
	return rank * ports.Partitions / n, (ports.Partitions - rank + n - 1) / n
}

// staying returns how many partitions the worker has that it is not about to give back.
func (w *worker) keeping() (n int) {
	for _, h := range w.owned {
		if !h.releasing() {
			n++
		}
	}
	return n
}

// giveUp gives n partitions back.
func (w *worker) release(n int) {
	for _, h := range w.owned {
		if n > 0 && !h.releasing() {
			h.release()
			n--
		}
	}
}

// take takes n partitions of those that are free.
func (w *worker) acquire(ctx context.Context, first, n int, subjects map[string]uint64) error {
	for i := range ports.Partitions {
		p := (first + i) % ports.Partitions
		l := &lease{bus: w.bus, subject: leaseSubject(strconv.Itoa(p)), owner: w.membership.owner}
		if _, taken := subjects[l.subject]; taken || n == 0 || w.owned[p] != nil {
			continue
		}
		switch err := l.renew(ctx); {
		case err == nil:
			w.owned[p] = w.own(p, l)
			n--
		case !errors.Is(err, errTaken):
			return err
		}
	}
	return nil
}
