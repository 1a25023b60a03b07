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

type handle = func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)

// leaveTime is how long one who leaves has for telling the broker so.
const leaveTime = 2 * time.Second

// A worker is one call of Work.
type worker struct {
	ctx      context.Context
	bus      *Bus
	handle   handle
	presence *lease
	held     map[int]*holding
	ended    chan *holding
	away     bool // the broker, when it was last asked; so that it is logged once
}

// Work implements [ports.Queue]. It waits for a broker that is away, and never returns an error.
//
// Workers know of each other by leases: each has one for itself, which tells the others that it is there, and one for each
// partition that it holds. It takes what is free up to its share, and gives up what it has beyond, after the batch that it is at.
func (b *Bus) Work(ctx context.Context, handle handle) error {
	id := rand.Text()
	w := &worker{
		ctx: ctx, bus: b, handle: handle, presence: &lease{bus: b, subject: workerSubject(id), holder: id},
		held: make(map[int]*holding), ended: make(chan *holding),
	}
	ticker := time.NewTicker(b.pace.beat())
	defer ticker.Stop()
	for ctx.Err() == nil {
		w.tell(w.beat())
		select {
		case h := <-w.ended:
			delete(w.held, h.partition)
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	for len(w.held) > 0 {
		delete(w.held, (<-w.ended).partition)
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	w.presence.giveBack(leave)
	return nil
}

// tell logs that the worker can't go on, and that it can again.
func (w *worker) tell(err error) {
	switch {
	case w.ctx.Err() != nil:
	case err != nil && !w.away:
		w.bus.log.Warn("the queue can't be reached, and commands wait", "error", err)
	case err == nil && w.away:
		w.bus.log.Info("the queue is there again")
	}
	w.away = err != nil
}

// beat tells that the worker is there, looks who else is, and takes or gives up partitions. What it has begun it ends: a lease
// that was taken and is not known would be in everybody's way.
func (w *worker) beat() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), leaveTime)
	defer cancel()
	stream, err := w.bus.stream(ctx, leaseStream)
	if err != nil {
		return err
	}
	if time.Since(w.presence.renewed) > w.bus.pace.renewal() {
		err := w.presence.renew(ctx)
		if errors.Is(err, errTaken) { // it was over
			w.presence.sequence = 0
			err = w.presence.renew(ctx)
		}
		if err != nil {
			return err
		}
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return w.bus.away("look who works", err)
	}
	first, share := w.share(info.State.Subjects)
	if missing := share - w.staying(); missing < 0 {
		w.giveUp(-missing)
	} else if missing > 0 {
		return w.take(ctx, first, missing, info.State.Subjects)
	}
	return nil
}

// share returns how many partitions are this worker's, and from which on it looks for them, so that those who begin together
// begin at different ones.
func (w *worker) share(subjects map[string]uint64) (first, share int) {
	var workers []string
	for s := range subjects {
		if strings.HasPrefix(s, workerSubject("")) && s != w.presence.subject {
			workers = append(workers, s)
		}
	}
	workers = append(workers, w.presence.subject)
	slices.Sort(workers)
	rank, n := slices.Index(workers, w.presence.subject), len(workers)
	return rank * ports.Partitions / n, (ports.Partitions - rank + n - 1) / n
}

// staying returns how many partitions the worker has that it is not about to give back.
func (w *worker) staying() (n int) {
	for _, h := range w.held {
		if !h.leaving() {
			n++
		}
	}
	return n
}

// giveUp gives n partitions back.
func (w *worker) giveUp(n int) {
	for _, h := range w.held {
		if n > 0 && !h.leaving() {
			h.leave()
			n--
		}
	}
}

// take takes n partitions of those that are free.
func (w *worker) take(ctx context.Context, first, n int, subjects map[string]uint64) error {
	for i := range ports.Partitions {
		p := (first + i) % ports.Partitions
		l := &lease{bus: w.bus, subject: leaseSubject(strconv.Itoa(p)), holder: w.presence.holder}
		if _, taken := subjects[l.subject]; taken || n == 0 || w.held[p] != nil {
			continue
		}
		switch err := l.renew(ctx); {
		case err == nil:
			w.held[p] = w.hold(p, l)
			n--
		case !errors.Is(err, errTaken):
			return err
		}
	}
	return nil
}
