package offers

import "time"

// A Store has the courses.
type Store interface {
	// Courses returns the ids of all courses.
	Courses() ([]string, error)
	// Update loads a course, calls change, and saves the course in one transaction. If change returns an error, nothing is saved.
	Update(id string, change func(c *Course) error) error
}

// LapseAll lets the offers of all courses lapse, as of now. It is called every few minutes. A course that fails is tried by the next call; the
// others are served. It returns all errors.
func LapseAll(store Store, now func() time.Time) error {
	return nil
}
