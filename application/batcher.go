package application

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Service = (*Batcher)(nil)

// A Batcher is a [Service] whose concurrent callers share transactions (group commit). Commands on a hot course would
// otherwise wait for each other's locks; deciding is pure, so those that wait are decided and saved together.
//
// # Terms
//
//   - A call is one Submit. Its commands are pending until each is answered.
//   - The queue holds pending commands in order of arrival.
//   - A batch is the commands of one tenant that share a transaction. At most MaxBatches run at once.
//   - A course is busy while a batch that names it runs, so it is in one running batch of this Batcher at a time.
//   - A joiner is a pending command that is added to a running batch whose courses have just been locked.
//
// # Order
//
// There is no timer. A batch starts as soon as fewer than MaxBatches run, enough commands are queued (minQueue), and one of
// them is ready: none of its courses is busy, or named by an earlier command in the queue. It takes all that are ready and fit.
// So commands on a course run in order of arrival, and none starves. While at most one batch runs, a ready command starts at once.
//
// # States of a command
//
//	queued → running → answered
//	running → promoting → answered    its batch left a free seat and a waitlist on one of its courses
//	queued → dropped                  its caller's context ended first
//
// # Failure
//
//   - A caller's context ends: Submit returns at once. A queued command is dropped, a running one completes (in
//     [Service.Submit] its transaction ends with the context). Both are answered [ports.ErrInProgress] if they have a key:
//     the same command under the same key then gets the reply. Without a key they are [ports.ErrUnavailable].
//   - The store is unavailable: so are the commands of the batch, and the later ones of the same calls on the same courses.
//   - A batch fails or panics in another way: its halves run one after the other, until the failing command is alone. It gets
//     the error, the others are saved, and later commands of its call still run. (In [Service.Submit] the whole batch fails.)
//   - A promotion fails: the next change of the course continues it.
//   - Another process changes the same courses: the store's locks keep the two apart, in any order.
type Batcher struct {
	ports.Service // everything but Submit
	core          *Service
	options       BatcherOptions
	private       bool // serves one call at a time, on its goroutine and with its context: [Service.Submit]

	mu        sync.Mutex
	queue     []*pending
	busy      map[ports.CourseRef]bool
	promoting map[ports.CourseRef]bool // courses that some batch promotes on; true if another left a free seat and a waitlist since
	batches   int                      // that run
	commands  int                      // in these batches
	closed    bool
	running   sync.WaitGroup // batches, until their commands are answered
}

// BatcherOptions bound a [Batcher]. A zero value stands for the default: 8 batches, 10,000 commands.
type BatcherOptions struct {
	MaxBatches int // that run at once
	MaxQueued  int // commands that wait for a batch: while there are so many, calls are refused; a call may have more
}

// NewBatcher returns the service with its callers in batches. [Batcher.Close] ends it.
func NewBatcher(service *Service, o BatcherOptions) *Batcher {
	o = BatcherOptions{MaxBatches: cmp.Or(o.MaxBatches, 8), MaxQueued: cmp.Or(o.MaxQueued, 10_000)}
	return &Batcher{
		Service: service, core: service, options: o,
		busy: make(map[ports.CourseRef]bool), promoting: make(map[ports.CourseRef]bool),
	}
}

// newPrivate returns a batcher for one call at a time, which starts no goroutine and is not closed.
func newPrivate(service *Service) *Batcher {
	o := BatcherOptions{MaxBatches: 1, MaxQueued: math.MaxInt}
	return &Batcher{core: service, options: o, private: true, promoting: make(map[ports.CourseRef]bool)}
}

// Submit implements [ports.Commands]. If the queue is full, or the batcher is closed, all commands of the call are
// [ports.ErrUnavailable] at once.
func (b *Batcher) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	if !b.private {
		commands = slices.Clone(commands) // a batch may run after the call has returned
	}
	c := b.core.admitted(ctx, commands)
	b.do(c, false)
	return c.replies
}

// Close refuses new calls and returns when all earlier ones are answered.
func (b *Batcher) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.running.Wait()
}

// do returns when the call is answered, or its context has ended. Promotions are accepted by a full or closed batcher, too.
func (b *Batcher) do(c *call, promotions bool) {
	if c.unanswered == 0 || c.ctx.Err() != nil {
		b.abandon(c)
		return
	}
	for own := b.enqueue(c, promotions); own != nil; own = b.next() { // a private batcher needs no lock
		if b.run(own); !b.private {
			break
		}
	}
	if b.private {
		return
	}
	select {
	case <-c.done:
	case <-c.ctx.Done():
		b.abandon(c)
	}
}

// enqueue queues the commands of the call and starts what is ready. It returns a batch for the caller's goroutine to run: the
// only one of a private batcher, else one that begins with a command of the call, unless the caller may leave earlier.
func (b *Batcher) enqueue(c *call, promotions bool) (own *batch) {
	if !b.private {
		c.done = make(chan struct{})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	why, full := "the queue is full", len(b.queue) >= b.options.MaxQueued
	if b.closed {
		why = "the process is shutting down"
	}
	if !promotions && (full || b.closed) {
		for i := range c.pending {
			b.answer(&c.pending[i], fmt.Errorf("submit: %w: %s", ports.ErrUnavailable, why))
		}
		return nil
	}
	blocked := len(b.queue) >= b.minQueue() // else these commands may lift the queue over it
	for i := range c.pending {
		b.queue = append(b.queue, &c.pending[i])
		blocked = blocked && c.pending[i].names(func(c ports.CourseRef) bool { return b.busy[c] })
	}
	if blocked { // by batches whose end looks again: to look at each call would read the whole queue of a hot course
		return nil
	}
	for ready := b.next(); ready != nil; ready = b.next() {
		if own == nil && (b.private || ready.pending[0].call == c && c.ctx.Done() == nil) {
			own = ready
		} else {
			go b.run(ready)
		}
	}
	return own
}

// minQueue is how many commands must be queued to start one more batch: a third of all that are not answered. With few callers, none
// waits for another. With many, they share a transaction, whose cost depends little on their number.
func (b *Batcher) minQueue() int {
	if b.batches <= 1 {
		return 1
	}
	return max(1, (len(b.queue)+b.commands)/3)
}

// next takes the next batch out of the queue, or returns nil if none may start. The lock is held.
func (b *Batcher) next() *batch {
	if b.batches == b.options.MaxBatches || len(b.queue) < b.minQueue() {
		return nil
	}
	ready := &batch{}
	b.take(ready, func(c ports.CourseRef) bool { return !b.busy[c] })
	if len(ready.pending) == 0 {
		return nil
	}
	if !b.private {
		for _, p := range ready.pending {
			for c := range p.courses() {
				b.busy[c] = true
			}
		}
	}
	b.batches++
	b.commands += len(ready.pending)
	b.running.Add(1)
	return ready
}

// minJoiners is how many commands must be queued, on any course, for a batch of this size to take joiners: they cost it a second read.
func minJoiners(size int) int { return 1 + size/4 }

// join adds the commands to a running batch that arrived for its courses since it was started.
func (b *Batcher) join(batch *batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) < minJoiners(len(batch.pending)) {
		return
	}
	locked := make(map[ports.CourseRef]bool)
	for _, p := range batch.pending {
		for c := range p.courses() {
			locked[c] = true
		}
	}
	before := len(batch.pending)
	b.take(batch, func(c ports.CourseRef) bool { return locked[c] })
	b.commands += len(batch.pending) - before
}

// take moves ready commands that fit from the queue to the batch: their courses are allowed, and not named by an earlier
// command that stays. The lock is held.
func (b *Batcher) take(into *batch, allowed func(ports.CourseRef) bool) {
	var wanted map[ports.CourseRef]bool // by commands that stay
	stay := b.queue[:0]
	for _, p := range b.queue {
		switch {
		case p.call.abandoned:
		case p.call.failed != nil && p.names(func(c ports.CourseRef) bool { return p.call.failed[c] }):
			b.answer(p, fmt.Errorf("submit: %w: an earlier command of the call was not done", ports.ErrUnavailable))
		case into.fits(p.Command) && !p.names(func(c ports.CourseRef) bool { return wanted[c] || !allowed(c) }):
			into.add(p)
		default:
			stay = append(stay, p)
			if wanted == nil {
				wanted = make(map[ports.CourseRef]bool)
			}
			for c := range p.courses() {
				wanted[c] = true
			}
		}
	}
	clear(b.queue[len(stay):])
	b.queue = stay
}

// run executes a batch and answers its commands, those on a course with learners to promote after the promotions.
func (b *Batcher) run(batch *batch) {
	defer b.running.Done()
	ctx := batch.pending[0].call.ctx
	if !b.private {
		ctx = context.WithoutCancel(ctx) // other callers are in the batch
	}
	unpromoted, _ := b.execute(ctx, batch, !b.private)
	for promote := b.finish(batch, unpromoted); len(promote) > 0; {
		promote = b.promote(context.WithoutCancel(ctx), batch, promote)
	}
}

// execute runs a batch in one transaction, or in halves if that fails for a reason of its own, and sets the results. It returns
// the courses on which learners are still to be promoted, and an error if the store is unavailable.
func (b *Batcher) execute(ctx context.Context, batch *batch, joinable bool) (unpromoted []domain.CourseID, err error) {
	d, err := b.transact(ctx, batch, joinable)
	if err == nil {
		return d.unpromoted(), nil
	}
	if len(batch.pending) > 1 && !b.private && !errors.Is(err, ports.ErrUnavailable) {
		first, second := batch.halves()
		if unpromoted, err = b.execute(ctx, first, false); err == nil {
			more, err := b.execute(ctx, second, false)
			return append(unpromoted, more...), err
		}
		batch = second // is not tried: its commands may depend on those of the first half
	}
	for _, p := range batch.pending {
		p.result = ports.Reply{Err: failure(p.call.ctx, p.Key, err)}
	}
	if !errors.Is(err, ports.ErrUnavailable) {
		err = nil
	}
	return unpromoted, err
}

// transact decides and saves a batch in one transaction. A panic becomes an error, so that the other commands can be saved.
func (b *Batcher) transact(ctx context.Context, batch *batch, joinable bool) (d *decision, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
		}
	}()
	need := batch.need()
	d = &decision{service: b.core, batch: batch, keys: need.Keys}
	if joinable {
		d.join = b.join
	}
	return d, b.core.store.Update(ctx, need, d.decide)
}

// finish frees the courses of a batch, answers its commands and starts the next batches. It returns the courses on which this
// batch has to promote, because no other does; their commands are not answered yet.
func (b *Batcher) finish(done *batch, unpromoted []domain.CourseID) (promote []ports.CourseRef) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range unpromoted {
		c := ports.CourseRef{Tenant: done.tenant, Course: id}
		_, other := b.promoting[c]
		if b.promoting[c] = other; !other {
			promote = append(promote, c)
		}
	}
	for _, p := range done.pending {
		if !b.private {
			for c := range p.courses() {
				delete(b.busy, c)
			}
		}
		if len(promote) == 0 || !p.names(in(promote)) {
			b.answer(p, nil)
		}
	}
	b.batches--
	b.commands -= len(done.pending)
	if b.private {
		return promote
	}
	for ready := b.next(); ready != nil; ready = b.next() {
		go b.run(ready)
	}
	return promote
}

// promote queues a command for each of the courses that only promotes, and answers the commands of the batch whose courses are then done.
// It returns the other courses: there, a batch has left a free seat and a waitlist meanwhile, that of the promotion or another.
func (b *Batcher) promote(ctx context.Context, causes *batch, courses []ports.CourseRef) (again []ports.CourseRef) {
	c, own := newCall(ctx, len(courses)), b
	for i, course := range courses {
		c.add(causes.promotion(course), &c.replies[i])
	}
	if b.private { // so that they are done before the next commands of the call, and do not fail with them
		own = newPrivate(b.core)
		own.promoting = b.promoting
	}
	own.do(c, true)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, course := range courses {
		if b.promoting[course] {
			b.promoting[course] = false
			again = append(again, course)
		} else {
			delete(b.promoting, course)
		}
	}
	for _, p := range causes.pending {
		if p.names(in(courses)) && !p.names(in(again)) {
			b.answer(p, nil)
		}
	}
	return again
}

// answer makes a command's result its reply, or an error if it has none, unless its caller has left. The lock is held.
func (b *Batcher) answer(p *pending, err error) {
	if err != nil {
		p.result.Err = err
	}
	if errors.Is(p.result.Err, ports.ErrUnavailable) {
		if p.call.failed == nil {
			p.call.failed = make(map[ports.CourseRef]bool)
		}
		for c := range p.courses() {
			p.call.failed[c] = true
		}
	}
	if p.call.abandoned {
		return
	}
	*p.reply = p.result
	if p.call.unanswered--; p.call.unanswered == 0 && p.call.done != nil {
		close(p.call.done)
	}
}

// abandon answers the commands of a caller that leaves, except those that are answered.
func (b *Batcher) abandon(c *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.unanswered == 0 {
		return
	}
	c.abandoned = true
	for i := range c.pending {
		if p := &c.pending[i]; p.reply.Err == nil && p.reply.Outcomes == nil {
			p.reply.Err = failure(c.ctx, p.Key, fmt.Errorf("%w: %w", ports.ErrUnavailable, c.ctx.Err()))
		}
	}
}
