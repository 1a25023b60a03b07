package memstore

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A course is one course with its standings and its journal. Its slices are only appended to or replaced, so a clone may share
// them.
type course struct {
	domain.Course
	standings map[domain.LearnerID]domain.Standing
	all       index // every standing
	waitlist  index // those on the waitlist
	journal   []ports.Entry
	purged    int64 // the sequence up to which the journal is a snapshot
}

// roster returns what need asks for.
func (c *course) roster(need ports.NeedCourse) *domain.Roster {
	var standings, waitlist []domain.Standing
	for _, learner := range need.Learners {
		if s, ok := c.standings[learner]; ok {
			standings = append(standings, s)
		}
	}
	if need.FirstWaiting > 0 {
		for s := range c.current(c.waitlist) {
			if waitlist = append(waitlist, s); len(waitlist) == need.FirstWaiting {
				break
			}
		}
	}
	return domain.NewRoster(c.Course, standings, waitlist)
}

func (c *course) put(s domain.Standing) {
	c.standings[s.Learner] = s
	c.all = c.compact(c.all, len(c.standings)).add(s)
	c.waitlist = c.compact(c.waitlist, c.WaitlistLength)
	if s.Status == domain.Waitlisted {
		c.waitlist = c.waitlist.add(s)
	}
}

// An index finds standings by sequence. An entry whose standing has changed since is stale; compact removes it later.
type index []entry

type entry struct {
	sequence int64
	learner  domain.LearnerID
}

func (x index) add(s domain.Standing) index { return append(x, entry{s.Sequence, s.Learner}) }

func (x index) after(sequence int64) index {
	i, _ := slices.BinarySearchFunc(x, sequence+1, func(e entry, sequence int64) int { return cmp.Compare(e.sequence, sequence) })
	return x[i:]
}

// current yields the standings of the entries that are not stale.
func (c *course) current(x index) iter.Seq[domain.Standing] {
	return func(yield func(domain.Standing) bool) {
		for _, e := range x {
			if s := c.standings[e.learner]; s.Sequence == e.sequence && !yield(s) {
				return
			}
		}
	}
}

// compact removes the stale entries at the head of x, and all stale entries if there are more of them than current ones.
func (c *course) compact(x index, current int) index {
	for len(x) > 0 && c.standings[x[0].learner].Sequence != x[0].sequence {
		x = x[1:]
	}
	if len(x) <= 2*current+64 {
		return x
	}
	compacted := make(index, 0, current+1)
	for s := range c.current(x) {
		compacted = compacted.add(s)
	}
	return compacted
}

func (c *course) clone() *course {
	copied := *c
	copied.standings = maps.Clone(c.standings)
	return &copied
}

// entries returns the entries of the journal after a sequence.
func (c *course) entries(after int64) []ports.Entry {
	i, _ := slices.BinarySearchFunc(c.journal, after+1, func(e ports.Entry, sequence int64) int { return cmp.Compare(e.Sequence, sequence) })
	return c.journal[i:]
}
