package membus

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/roster/ports"
)

// pause is how long the letters of a failed handle wait before they are handed out again.
const retryDelay = 10 * time.Millisecond

type handler = func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error)

// A worker is one call of Work.
type worker struct {
	ctx    context.Context
	handle handler
}

// Work implements [ports.Queue]. Partition n is with worker n modulo their number, in the order in which they came.
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

// leave gives the worker's partitions to those who are left, and wakes what of it waits still.
func (b *Bus) removeWorker(w *worker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.workers = slices.DeleteFunc(b.workers, func(other *worker) bool { return other == w })
	b.changed.Broadcast()
}

// work hands out partition n, batch after batch, while the worker has it.
func (b *Bus) workPartition(w *worker, n int) {
	for {
		letters := b.next(w, n)
		if letters == nil {
			return
		}
		if !b.handle(w, &b.partitions[n], letters) {
			again, cancel := context.WithTimeout(w.ctx, retryDelay)
			<-again.Done()
			cancel()
		}
	}
}

// next waits until the worker has partition n, nobody else is busy with it still, and there are letters; nil when the worker
// is to end.
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

// hand has the worker handle the letters, and reports whether they are done.
func (b *Bus) handle(w *worker, p *partition, letters []ports.QueuedCommand) bool {
	replies, err := w.handle(w.ctx, letters)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		p.remove(len(letters))
		for i, l := range letters {
			b.answers = append(b.answers, Answer{l, replies[i]})
		}
	}
	p.busy = false
	b.changed.Broadcast()
	return err == nil
}
