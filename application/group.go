package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var _ ports.Service = (*Batcher)(nil)

// A Group is a service whose callers share transactions: while one on a course is under way, the commands on it that come in
// wait, and the next one takes them all. Those that come while it still locks its courses go along, where they are enough to load
// for them, too. There is no timer: a lone command begins at once, beside one other transaction, too. Beside more of them it takes
// some company, or waits until one has ended.
//
// A course is in one transaction at a time, and a few are under way. A command begins when none of its courses is in one, or
// wanted by a command that came before it; so commands on a course are done in the order in which they came, and none waits for
// ever. That is for speed alone: that nobody else changes a course meanwhile is the store's promise, here as elsewhere.
//
// Who leaves before he is answered takes nobody along: his command is not begun if it has not been, and finished if it has. A
// command that brings its transaction down is found by halves, and the others are done without it.
type Batcher struct {
	ports.Service // all but Submit
	core          *Service
	options       BatcherOptions

	mu      sync.Mutex
	queue   []*rider       // in order of arrival
	flying  map[place]bool // courses of the transactions under way
	serving map[place]bool // courses whose line somebody serves
	flights int
	closed  bool
	landed  sync.WaitGroup // of the transactions under way
}

// BatcherOptions bound a [Batcher]. Zero values stand for the usual: 8 transactions, 10,000 commands.
type BatcherOptions struct {
	MaxBatches int // transactions under way at once
	MaxQueued  int // commands that wait for one
}

// NewBatcher returns service with its callers in groups.
func NewBatcher(service *Service, o BatcherOptions) *Batcher {
	if o.MaxBatches == 0 {
		o.MaxBatches = 8
	}
	if o.MaxQueued == 0 {
		o.MaxQueued = 10_000
	}
	return &Batcher{Service: service, core: service, options: o, flying: make(map[place]bool), serving: make(map[place]bool)}
}

// A party is the commands of one call, on the way to their replies.
type party struct {
	ctx     context.Context
	riders  []*rider
	replies []ports.Reply
	left    int            // of the riders: without a reply
	done    chan struct{}  // closed when none is left
	gone    bool           // the caller has: nobody reads replies any more
	missed  map[place]bool // courses on which one of them was not done: what comes after it there is not done either
}

// A rider is one command of a party.
type rider struct {
	*party
	command ports.Command
	courses []place
	reply   *ports.Reply
}

// on reports whether the rider's command is about one of these courses.
func (r *rider) on(courses []place) bool {
	return slices.ContainsFunc(r.courses, func(c place) bool { return slices.Contains(courses, c) })
}

func (p *party) add(c ports.Command, reply *ports.Reply) {
	p.riders = append(p.riders, &rider{p, c, placesOf([]ports.Command{c}), reply})
	p.left++
}

// Submit implements [ports.Commands]. Where too many commands wait already, or the group is closed, those of the call are
// [ports.ErrUnavailable] at once.
func (g *Batcher) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	p := &party{ctx: ctx, replies: make([]ports.Reply, len(commands)), done: make(chan struct{})}
	for i, c := range commands {
		if err := admit(c); err != nil {
			p.replies[i].Err = err
			continue
		}
		if c.Correlation == "" {
			c.Correlation = g.core.ids.New()
		}
		p.add(c, &p.replies[i])
	}
	if len(p.riders) > 0 {
		g.wait(p, g.room)
	}
	return p.replies
}

// room says why a party can't be taken in, or nothing. It is called with the lock held.
func (g *Batcher) room(p *party) error {
	switch {
	case g.closed:
		return fmt.Errorf("submit: %w: this process ends", ports.ErrUnavailable)
	case len(g.queue)+len(p.riders) > g.options.MaxQueued:
		return fmt.Errorf("submit: %w: too many wait already", ports.ErrUnavailable)
	}
	return nil
}

// wait takes the party in, if room has nothing against it, and returns when it is answered or its caller leaves.
func (g *Batcher) wait(p *party, room func(*party) error) {
	if p.ctx.Err() != nil {
		g.leave(p)
		return
	}
	if own := g.begin(p, room); own != nil {
		g.fly(own)
	}
	select {
	case <-p.done:
	case <-p.ctx.Done():
		g.leave(p)
	}
}

// begin puts the party into the queue and lets begin what may. What begins with one of its riders is returned, for their caller
// to see to, if he can't leave: that saves a goroutine.
func (g *Batcher) begin(p *party, room func(*party) error) (own []*rider) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := room(p); err != nil {
		g.refuse(p.riders, err)
		return nil
	}
	g.queue = append(g.queue, p.riders...)
	for boarded := g.board(); boarded != nil; boarded = g.board() {
		if own == nil && boarded[0].party == p && p.ctx.Done() == nil {
			own = boarded
		} else {
			go g.fly(boarded)
		}
	}
	return own
}

// enough is how many must wait for one more transaction to begin where so many are under way: 1, 1, 2, 2, 8, 8, 32, 32. So few
// callers never wait for one another, and many share: what a transaction costs the store does not depend much on how many do.
func enough(underway int) int { return 1 << max(0, underway/2*2-1) }

// board takes who may begin now, and together, out of the queue; nil if nobody may. It is called with the lock held.
func (g *Batcher) board() []*rider {
	if g.flights == g.options.MaxBatches || len(g.queue) < enough(g.flights) {
		return nil
	}
	boarded := g.pick(load{}, func(c place) bool { return !g.flying[c] })
	if boarded == nil {
		return nil
	}
	for _, r := range boarded {
		for _, c := range r.courses {
			g.flying[c] = true
		}
	}
	g.flights++
	g.landed.Add(1)
	return boarded
}

// late takes who came for the courses of a transaction while those were being locked, if they are worth the time that it takes to
// load for them, too.
func (g *Batcher) late(aboard []*rider) (late []*rider) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) < worthwhile(len(aboard)) {
		return nil
	}
	on := make(map[place]bool)
	var taken load
	for _, r := range aboard {
		taken.add(r.command)
		for _, c := range r.courses {
			on[c] = true
		}
	}
	return g.pick(taken, func(c place) bool { return on[c] })
}

// worthwhile is how many late ones are worth the time of those who are aboard.
func worthwhile(aboard int) int { return 1 + aboard/4 }

// pick takes out of the queue, in its order, whose courses are all free, and wanted by nobody before him who stays. It is called
// with the lock held.
func (g *Batcher) pick(taken load, free func(place) bool) (picked []*rider) {
	wanted := make(map[place]bool) // by those who stay
	stay := g.queue[:0]
	for _, r := range g.queue {
		can := !slices.ContainsFunc(r.courses, func(c place) bool { return wanted[c] || !free(c) })
		switch {
		case r.gone:
		case slices.ContainsFunc(r.courses, func(c place) bool { return r.missed[c] }):
			g.refuse([]*rider{r}, fmt.Errorf("submit: %w: a command before it was not done", ports.ErrUnavailable))
		case can && taken.takes(r.command):
			taken.add(r.command)
			picked = append(picked, r)
		default:
			stay = append(stay, r)
			for _, c := range r.courses {
				wanted[c] = true
			}
		}
	}
	clear(g.queue[len(stay):])
	g.queue = stay
	return picked
}

// fly does the commands of riders, and of those who come along, and answers them. Where that leaves a course behind, with a free
// seat and a line, it has the line served, and then answers the course's riders.
func (g *Batcher) fly(riders []*rider) {
	defer g.landed.Done()
	ctx := context.WithoutCancel(riders[0].ctx) // whoever leaves, the others stay
	riders, replies, behind := g.do(ctx, riders, g.late)
	late := g.land(riders, replies, behind)
	if len(late) == 0 {
		return
	}
	g.serve(ctx, riders[0].command, late)
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, r := range riders {
		if r.on(late) {
			g.answer(r, replies[i])
		}
	}
	for _, c := range late {
		delete(g.serving, c)
	}
}

// land answers riders, but those on courses that are behind and that nobody serves yet, which it returns. It lets begin who
// waited for the courses.
func (g *Batcher) land(riders []*rider, replies []ports.Reply, behind []domain.CourseID) (late []place) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range behind {
		if at := (place{riders[0].command.By.Tenant, id}); !g.serving[at] {
			g.serving[at] = true
			late = append(late, at)
		}
	}
	for i, r := range riders {
		for _, c := range r.courses {
			delete(g.flying, c)
		}
		if !r.on(late) {
			g.answer(r, replies[i])
		}
	}
	g.flights--
	for boarded := g.board(); boarded != nil; boarded = g.board() {
		go g.fly(boarded)
	}
	return late
}

// do does the commands of riders, and of those whom late lets come along, in one transaction. It returns them all, their replies,
// and the courses that it leaves behind. Where the transaction fails for another reason than that the store is away, it does them
// by halves.
func (g *Batcher) do(ctx context.Context, riders []*rider, late func(aboard []*rider) []*rider) (
	all []*rider, replies []ports.Reply, behind []domain.CourseID,
) {
	f := flight{passengers: make([]passenger, 0, len(riders))}
	for _, r := range riders {
		f.board(r.command, nil)
	}
	d, err := g.transact(ctx, f, func() (commands []ports.Command) {
		for _, r := range late(riders) {
			riders, commands = append(riders, r), append(commands, r.command)
		}
		return commands
	})
	switch {
	case err == nil:
		return riders, d.replies, d.behind()
	case len(riders) > 1 && !errors.Is(err, ports.ErrUnavailable):
		half := len(riders) / 2
		_, first, behind := g.do(ctx, riders[:half:half], nobody)
		_, second, more := g.do(ctx, riders[half:], nobody)
		return riders, append(first, second...), append(behind, more...)
	}
	replies = make([]ports.Reply, len(riders))
	for i := range replies {
		replies[i].Err = fmt.Errorf("submit: %w", err)
	}
	return riders, replies, nil
}

// nobody comes along.
func nobody([]*rider) []*rider { return nil }

// transact turns a panic into an error: the goroutine is not the caller's, and neither are the neighbours.
func (g *Batcher) transact(ctx context.Context, f flight, late func() []ports.Command) (d *decision, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", ports.ErrInternal, p)
		}
	}()
	return g.core.transact(ctx, f, late)
}

// serve puts nothing to courses that are behind, again and again, until none is. That takes its turn in the queue as everybody's
// commands do, also in a group that is closed or full. Where it fails, the next change to the course goes on.
func (g *Batcher) serve(ctx context.Context, cause ports.Command, behind []place) {
	for len(behind) > 0 {
		p := &party{ctx: ctx, replies: make([]ports.Reply, len(behind)), done: make(chan struct{})}
		for i, c := range behind {
			p.add(putNothing(c.course, cause), &p.replies[i])
		}
		g.wait(p, func(*party) error { return nil })
		var still []place
		for i, r := range p.replies {
			if o, err := r.One(); err == nil && o.Course.NeedsPromotion() {
				still = append(still, behind[i])
			}
		}
		behind = still
	}
}

// refuse answers riders with an error. It is called with the lock held.
func (g *Batcher) refuse(riders []*rider, err error) {
	for _, r := range riders {
		g.answer(r, ports.Reply{Err: err})
	}
}

// answer is called with the lock held.
func (g *Batcher) answer(r *rider, reply ports.Reply) {
	if errors.Is(reply.Err, ports.ErrUnavailable) {
		if r.missed == nil {
			r.missed = make(map[place]bool)
		}
		for _, c := range r.courses {
			r.missed[c] = true
		}
	}
	if r.gone {
		return
	}
	*r.reply = reply
	if r.left--; r.left == 0 {
		close(r.done)
	}
}

// leave answers the riders of a caller who leaves, but those who have been.
func (g *Batcher) leave(p *party) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.left == 0 {
		return
	}
	p.gone = true
	for _, r := range p.riders {
		if r.reply.Err == nil && r.reply.Outcomes == nil {
			r.reply.Err = whyNot(p.ctx, r.command, fmt.Errorf("%w: %w", ports.ErrUnavailable, p.ctx.Err()))
		}
	}
}

// Close refuses what comes from now on, and returns when all that has come before is done.
func (g *Batcher) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.landed.Wait()
}
