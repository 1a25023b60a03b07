package seats

// A Store keeps courses.
type Store interface {
	// Create saves a new course, or replaces the one with its ID.
	Create(c Course) error
	// Load returns a course, or ErrUnknown.
	Load(id string) (Course, error)
	// EnrollIfSeat enrolls the learner if there is a seat.
	EnrollIfSeat(id, learner string) (Status, error)
}

// A Service enrolls learners.
type Service struct{ store Store }

// NewService returns a service on a store.
func NewService(store Store) *Service { return &Service{store} }

// Enroll gives a learner a seat or a place on the waitlist.
func (s *Service) Enroll(course, learner string) (Status, error) {
	return s.store.EnrollIfSeat(course, learner)
}
