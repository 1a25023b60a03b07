package membus

import (
	"hash/fnv"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A partition is the letters of some courses, in the order in which they were sent.
type partition struct {
	waiting []ports.QueuedCommand // the first of them are with a handle while busy
	busy    bool
}

// partition returns the one that a course is in, by FNV-1a of its id.
func (b *Bus) partition(id domain.CourseID) *partition {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id)) // a hash takes everything
	return &b.partitions[sum.Sum32()%ports.Partitions]
}

func (p *partition) add(l ports.QueuedCommand) {
	l.Command.Actions = slices.Clone(l.Command.Actions)
	p.waiting = append(p.waiting, l)
}

// take returns the letters to hand out next: as many as wait and a transaction holds, the oldest first.
func (p *partition) nextBatch() []ports.QueuedCommand {
	p.busy = true
	batch := p.waiting[:min(len(p.waiting), ports.MaxActions)]
	for i := range batch {
		batch[i].Attempts++
	}
	return slices.Clone(batch)
}

// done removes the first n letters.
func (p *partition) remove(n int) { p.waiting = slices.Delete(p.waiting, 0, n) }
