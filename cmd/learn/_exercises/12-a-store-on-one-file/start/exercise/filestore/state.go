package filestore

import (
	"cmp"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A tenant is what a tenant has. It is never changed: after returns the next one.
type tenant struct {
	courses map[domain.CourseID]*course
	replies map[ports.IdempotencyKey]ports.IdempotencyRecord
}

type course struct {
	domain.Course
	standings map[domain.LearnerID]domain.Standing
	journal   []ports.Entry
}

// course returns the course, or an empty one that does not exist.
func (t tenant) course(id domain.CourseID) *course {
	if c := t.courses[id]; c != nil {
		return c
	}
	return &course{Course: domain.Course{ID: id}}
}

// load returns what need names.
func (t tenant) load(need ports.Need) ports.Loaded {
	var loaded ports.Loaded
	for _, n := range need.Courses {
		c := t.course(n.ID)
		var standings, waitlist []domain.Standing
		for _, learner := range n.Learners {
			if s, ok := c.standings[learner]; ok {
				standings = append(standings, s)
			}
		}
		for _, s := range c.ranked() {
			if s.Position > 0 && s.Position <= n.FirstWaiting {
				waitlist = append(waitlist, s.Standing)
			}
		}
		loaded.Rosters = append(loaded.Rosters, domain.NewRoster(c.Course, standings, waitlist))
	}
	for _, key := range need.Keys {
		loaded.Replies = append(loaded.Replies, cloneReply(t.replies[key]))
	}
	return loaded
}

// ranked returns the standings in order of sequence, with the positions on the waitlist.
func (c *course) ranked() (all []ports.RankedStanding) {
	waiting := 0
	for _, s := range slices.SortedFunc(maps.Values(c.standings), func(a, b domain.Standing) int { return cmp.Compare(a.Sequence, b.Sequence) }) {
		ranked := ports.RankedStanding{Standing: s}
		if s.Status == domain.Waitlisted {
			waiting++
			ranked.Position = waiting
		}
		all = append(all, ranked)
	}
	return all
}

// after returns the tenant with the changes. It shares with t what they leave as it is.
func (t tenant) after(changes ports.Changes) tenant {
	next := tenant{make(map[domain.CourseID]*course), make(map[ports.IdempotencyKey]ports.IdempotencyRecord)}
	maps.Copy(next.courses, t.courses)
	maps.Copy(next.replies, t.replies)
	own := func(id domain.CourseID) *course {
		if next.courses[id] == nil || next.courses[id] == t.courses[id] { // not copied yet
			c := *t.course(id)
			c.standings = make(map[domain.LearnerID]domain.Standing)
			maps.Copy(c.standings, t.course(id).standings)
			next.courses[id] = &c
		}
		return next.courses[id]
	}
	for _, c := range changes.Courses {
		own(c.ID).Course = c
	}
	for _, r := range changes.Renamed { // before others: the old id may be another person's now
		c := own(r.Course)
		s := c.standings[r.From]
		s.Learner = r.To
		delete(c.standings, r.From)
		c.standings[r.To] = s
	}
	for _, s := range changes.Standings {
		own(s.Course).standings[s.Learner] = s
	}
	for _, e := range changes.Journal {
		c := own(e.Course)
		c.journal = append(c.journal, e)
	}
	for _, r := range changes.Replies {
		next.replies[r.IdempotencyKey] = cloneReply(r)
	}
	return next
}

// cloneReply copies what a reply points to.
func cloneReply(r ports.IdempotencyRecord) ports.IdempotencyRecord {
	r.Outcomes = slices.Clone(r.Outcomes)
	for i := range r.Outcomes {
		r.Outcomes[i].Promoted = slices.Clone(r.Outcomes[i].Promoted)
	}
	return r
}
