package memstore

import (
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A tenant is all data of a tenant.
type tenant struct {
	courses     map[domain.CourseID]*course
	replies     map[ports.IdempotencyKey]ports.IdempotencyRecord
	deadLetters map[string]ports.DeadLetter
}

func newTenant() tenant {
	return tenant{make(map[domain.CourseID]*course), make(map[ports.IdempotencyKey]ports.IdempotencyRecord), make(map[string]ports.DeadLetter)}
}

func (t tenant) save(changes ports.Changes) {
	for _, c := range changes.Courses {
		t.add(c.ID).Course = c
	}
	for _, r := range changes.Renamed {
		t.add(r.Course).rename(r.From, r.To)
	}
	for _, s := range changes.Standings {
		t.add(s.Course).put(s)
	}
	for _, e := range changes.Journal {
		c := t.add(e.Course)
		c.journal = append(c.journal, e)
	}
	for _, record := range changes.Replies {
		t.replies[record.IdempotencyKey] = cloneRecord(record)
	}
}

// course returns the course, or an empty one that does not exist.
func (t tenant) course(id domain.CourseID) *course {
	if c, ok := t.courses[id]; ok {
		return c
	}
	return &course{Course: domain.Course{ID: id}, standings: make(map[domain.LearnerID]domain.Standing)}
}

// add returns the course, which it adds if there is none.
func (t tenant) add(id domain.CourseID) *course {
	t.courses[id] = t.course(id)
	return t.courses[id]
}

func (t tenant) clone() tenant {
	copied := tenant{make(map[domain.CourseID]*course, len(t.courses)), maps.Clone(t.replies), maps.Clone(t.deadLetters)}
	for id, c := range t.courses {
		copied.courses[id] = c.clone()
	}
	return copied
}

// cloneRecord copies what a record points to, so that no caller can change a saved one.
func cloneRecord(record ports.IdempotencyRecord) ports.IdempotencyRecord {
	record.Outcomes = slices.Clone(record.Outcomes)
	for i := range record.Outcomes {
		record.Outcomes[i].Promoted = slices.Clone(record.Outcomes[i].Promoted)
	}
	return record
}
