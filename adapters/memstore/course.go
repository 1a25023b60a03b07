package memstore

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A course is one course with everything on it. Its slices are only ever appended to or replaced, so that a clone may
// share them.
type course struct {
	domain.Course
	standings map[domain.LearnerID]domain.Standing
	all       order // every standing
	line      order // the waitlisted
	journal   []ports.Entry
	published int64 // the sequence up to which the journal has been published
	purged    int64 // the sequence up to which it is a snapshot
}

// roster returns what need asks for; a nil course is one that does not exist.
func (c *course) roster(need ports.NeedCourse) *domain.Roster {
	if c == nil {
		return domain.NewRoster(domain.Course{ID: need.ID}, nil, nil)
	}
	var standings, line []domain.Standing
	for _, learner := range need.Learners {
		if s, ok := c.standings[learner]; ok {
			standings = append(standings, s)
		}
	}
	if need.FirstWaiting > 0 {
		for s := range c.live(c.line) {
			if line = append(line, s); len(line) == need.FirstWaiting {
				break
			}
		}
	}
	return domain.NewRoster(c.Course, standings, line)
}

func (c *course) put(s domain.Standing) {
	c.standings[s.Learner] = s
	c.all = c.sweep(c.all, len(c.standings)).add(s)
	c.line = c.sweep(c.line, c.WaitlistLength)
	if s.Status == domain.Waitlisted {
		c.line = c.line.add(s)
	}
}

// An order holds standings by sequence. One that has changed since stays behind, dead, until a sweep.
type order []place

type place struct {
	sequence int64
	learner  domain.LearnerID
}

func (o order) add(s domain.Standing) order { return append(o, place{s.Sequence, s.Learner}) }

func (o order) after(sequence int64) order {
	i, _ := slices.BinarySearchFunc(o, sequence+1, func(p place, sequence int64) int { return cmp.Compare(p.sequence, sequence) })
	return o[i:]
}

// live yields the standings of o that are still so.
func (c *course) live(o order) iter.Seq[domain.Standing] {
	return func(yield func(domain.Standing) bool) {
		for _, p := range o {
			if s := c.standings[p.learner]; s.Sequence == p.sequence && !yield(s) {
				return
			}
		}
	}
}

// sweep drops the dead at the head of o, and all of them where they outnumber the living.
func (c *course) sweep(o order, living int) order {
	for len(o) > 0 && c.standings[o[0].learner].Sequence != o[0].sequence {
		o = o[1:]
	}
	if len(o) <= 2*living+64 {
		return o
	}
	swept := make(order, 0, living+1)
	for s := range c.live(o) {
		swept = swept.add(s)
	}
	return swept
}

func (c *course) clone() *course {
	copied := *c
	copied.standings = maps.Clone(c.standings)
	return &copied
}

// entries returns those after a sequence.
func (c *course) entries(after int64) []ports.Entry {
	i, _ := slices.BinarySearchFunc(c.journal, after+1, func(e ports.Entry, sequence int64) int { return cmp.Compare(e.Sequence, sequence) })
	return c.journal[i:]
}
