package membus

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/roster/ports"
)

// retryDelay is how long a batch whose handler failed waits before it is handled again.
const retryDelay = 10 * time.Millisecond

// A partition is the commands of some courses, in the order in which they were sent.
type partition struct {
	waiting []ports.QueuedCommand // while busy, a handler has the first of them
	busy    bool
}

type handler = func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)

// A worker is one call of Work.
type worker struct {
	ctx    context.Context
	handle handler
}

// Work implements [ports.Queue]. Partition n belongs to worker n modulo their number, in the order in which they joined.
func (b *Bus) Work(ctx context.Context, handle handler) error {
	w := &worker{ctx, handle}
	b.addWorker(w)
	context.AfterFunc(ctx, func() { b.removeWorker(w) })
	var partitions sync.WaitGroup
	for n := range b.partitions {
		partitions.Go(func() { b.workPartition(w, n) })
	}
	partitions.Wait()
	return nil
}

func (b *Bus) addWorker(w *worker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.workers = append(b.workers, w)
	b.changed.Broadcast()
}

// removeWorker assigns the worker's partitions to the others, and wakes its goroutines so that they end.
func (b *Bus) removeWorker(w *worker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.workers = slices.DeleteFunc(b.workers, func(other *worker) bool { return other == w })
	b.changed.Broadcast()
}

// workPartition handles the batches of partition n until the worker's ctx ends.
func (b *Bus) workPartition(w *worker, n int) {
	for {
		batch := b.next(w, n)
		if batch == nil {
			return
		}
		if !b.handle(w, &b.partitions[n], batch) {
			delay, cancel := context.WithTimeout(w.ctx, retryDelay) // steady: no test measures the delay
			<-delay.Done()
			cancel()
		}
	}
}

// next waits until partition n belongs to the worker, is not busy and has commands. It returns nil when the worker's ctx ends.
func (b *Bus) next(w *worker, n int) []ports.QueuedCommand {
	b.mu.Lock()
	defer b.mu.Unlock()
	for p := &b.partitions[n]; w.ctx.Err() == nil; b.changed.Wait() {
		if b.workers[n%len(b.workers)] == w && !p.busy && len(p.waiting) > 0 {
			return p.nextBatch()
		}
	}
	return nil
}

// nextBatch returns the oldest waiting commands, at most [ports.MaxActions], and marks the partition busy.
func (p *partition) nextBatch() []ports.QueuedCommand {
	p.busy = true
	batch := p.waiting[:min(len(p.waiting), ports.MaxActions)]
	for i := range batch {
		batch[i].Attempts++
	}
	return slices.Clone(batch)
}

// handle calls the worker's handler and reports whether the batch is done.
func (b *Bus) handle(w *worker, p *partition, batch []ports.QueuedCommand) bool {
	replies, err := w.handle(w.ctx, batch)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		clear(p.waiting[:len(batch)])
		p.waiting = p.waiting[len(batch):] // to move the rest would take long while many wait
		for i, c := range batch {
			b.answers = append(b.answers, Answer{c, replies[i]})
		}
	}
	p.busy = false
	b.changed.Broadcast()
	return err == nil
}
