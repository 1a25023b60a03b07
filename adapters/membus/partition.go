package membus

import (
	"slices"

	"example.com/roster/ports"
)

// A partition is the commands of some courses, in the order in which they were sent.
type partition struct {
	waiting []ports.QueuedCommand // while busy, a handler has the first of them
	busy    bool
}

func (p *partition) add(c ports.QueuedCommand) {
	c.Command.Actions = slices.Clone(c.Command.Actions)
	p.waiting = append(p.waiting, c)
}

// nextBatch returns the oldest waiting commands, at most as many as a transaction holds, and marks the partition busy.
func (p *partition) nextBatch() []ports.QueuedCommand {
	p.busy = true
	batch := p.waiting[:min(len(p.waiting), ports.MaxActions)]
	for i := range batch {
		batch[i].Attempts++
	}
	return slices.Clone(batch)
}

// remove removes the first n commands.
func (p *partition) remove(n int) { p.waiting = slices.Delete(p.waiting, 0, n) }
