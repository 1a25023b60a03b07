package memstore

import (
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A tenant is all that is kept of one.
type tenant struct {
	courses map[domain.CourseID]*course
	replies map[ports.IdempotencyKey]ports.IdempotencyRecord
	letters map[string]ports.DeadLetter
}

func newTenant() tenant {
	return tenant{make(map[domain.CourseID]*course), make(map[ports.IdempotencyKey]ports.IdempotencyRecord), make(map[string]ports.DeadLetter)}
}

func (t tenant) save(changes ports.Changes) {
	for _, c := range changes.Courses {
		t.course(c.ID).Course = c
	}
	for _, s := range changes.Standings {
		t.course(s.Course).put(s)
	}
	for _, e := range changes.Journal {
		c := t.course(e.Course)
		c.journal = append(c.journal, e)
	}
	for _, kept := range changes.Replies {
		t.replies[kept.IdempotencyKey] = keep(kept)
	}
}

// course returns the course's place, made where there was none.
func (t tenant) course(id domain.CourseID) *course {
	c, ok := t.courses[id]
	if !ok {
		c = &course{Course: domain.Course{ID: id}, standings: make(map[domain.LearnerID]domain.Standing)}
		t.courses[id] = c
	}
	return c
}

func (t tenant) clone() tenant {
	copied := tenant{make(map[domain.CourseID]*course, len(t.courses)), maps.Clone(t.replies), maps.Clone(t.letters)}
	for id, c := range t.courses {
		copied.courses[id] = c.clone()
	}
	return copied
}

// keep copies what a kept reply points to, so that nobody can change one behind the store's back.
func keep(kept ports.IdempotencyRecord) ports.IdempotencyRecord {
	kept.Outcomes = slices.Clone(kept.Outcomes)
	for i := range kept.Outcomes {
		kept.Outcomes[i].Promoted = slices.Clone(kept.Outcomes[i].Promoted)
	}
	return kept
}
