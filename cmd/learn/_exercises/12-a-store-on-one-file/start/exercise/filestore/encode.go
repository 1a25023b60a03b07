package filestore

import (
	"encoding/json"
	"maps"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// tenants is what all tenants have.
type tenants map[domain.TenantID]tenant

// savedTenant and savedCourse are a tenant and a course in the file.
type savedTenant struct {
	ID      domain.TenantID
	Courses []savedCourse
	Replies []ports.IdempotencyRecord
}

type savedCourse struct {
	domain.Course
	Standings []domain.Standing
	Journal   []ports.Entry
}

// encode returns the bytes of a file that has everything.
func encode(all tenants) ([]byte, error) {
	var saved []savedTenant
	for id, t := range all {
		s := savedTenant{ID: id, Replies: slices.Collect(maps.Values(t.replies))}
		for _, c := range t.courses {
			s.Courses = append(s.Courses, savedCourse{c.Course, slices.Collect(maps.Values(c.standings)), c.journal})
		}
		saved = append(saved, s)
	}
	return json.Marshal(saved)
}

// decode returns what encode has encoded. Half a file is an error.
func decode(text []byte) (tenants, error) {
	var saved []savedTenant
	if err := json.Unmarshal(text, &saved); err != nil {
		return nil, err
	}
	all := make(tenants)
	for _, s := range saved {
		t := tenant{make(map[domain.CourseID]*course), make(map[ports.IdempotencyKey]ports.IdempotencyRecord)}
		for _, r := range s.Replies {
			t.replies[r.IdempotencyKey] = r
		}
		for _, c := range s.Courses {
			standings := make(map[domain.LearnerID]domain.Standing)
			for _, standing := range c.Standings {
				standings[standing.Learner] = standing
			}
			t.courses[c.ID] = &course{c.Course, standings, c.Journal}
		}
		all[s.ID] = t
	}
	return all, nil
}
