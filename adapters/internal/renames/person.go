// Package renames says which person a learner's id meant: after a rename from an id, it may mean another person. All stores erase by
// this rule, and the command line shows by it.
package renames

import (
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Person is a learner's id, with a zero time, and the ids from which the learner was renamed, each with the time of the last rename.
type Person map[domain.LearnerID]time.Time

// Add adds a rename from an id.
func (p Person) Add(from domain.LearnerID, at time.Time) {
	if p[from].Before(at) {
		p[from] = at
	}
}

// Is reports whether the id meant the person at a time.
func (p Person) Is(id domain.LearnerID, at time.Time) bool {
	until, ok := p[id]
	return ok && (until.IsZero() || !at.After(until))
}

// Standings returns the standings in a record that name the person.
func (p Person) Standings(record ports.IdempotencyRecord) (named []*domain.Standing) {
	add := func(s *domain.Standing) {
		if p.Is(s.Learner, record.At) {
			named = append(named, s)
		}
	}
	for i := range record.Outcomes {
		add(&record.Outcomes[i].Standing)
		for j := range record.Outcomes[i].Promoted {
			add(&record.Outcomes[i].Promoted[j])
		}
	}
	return named
}
