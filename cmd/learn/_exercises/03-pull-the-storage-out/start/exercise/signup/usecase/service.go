// Package usecase runs a request: it loads, lets the rule decide, and saves. It knows no protocol and no storage.
package usecase

import "example.com/roster/exercise/signup/rule"

// A Refusal is the error of a request that is refused. It is a code such as course_full.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// A Result is what a learner has after a request.
type Result struct {
	Status   string // enrolled, waitlisted or withdrawn
	Position int    // on the waitlist, if the learner was put there
	Promoted string // the learner who got the seat, if one did
}

// A Service has the use cases, on any store.
type Service struct{ store Store }

// NewService returns a service on a store.
func NewService(store Store) *Service { return &Service{store} }

// NewCourse creates a course.
func (s *Service) NewCourse(id string, c rule.Course) error {
	return s.store.Update(id, "", func(loaded Loaded) (Changes, error) {
		if loaded.Exists {
			return Changes{}, Refusal("already_exists")
		}
		return Changes{Course: c}, nil
	})
}
