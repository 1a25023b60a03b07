package domain

import "fmt"

// Limits of a course's settings.
const (
	MaxTitle    = 200           // bytes
	MaxCapacity = 1_000_000_000 // seats
)

// A Course is a course without its learners. If Sequence is 0, the course does not exist yet.
type Course struct {
	ID CourseID
	Terms
	SeatsTaken     int
	WaitlistLength int
	Sequence       int64 // of the latest change: 1, 2, 3 … without a gap
	Revision       int64 // Sequence of the latest change of the terms
}

// Terms are what staff decide about a course.
type Terms struct {
	Title           string
	Capacity        int  // may be 0, and less than the seats taken
	Open            bool // while it is false, no learner gets a seat
	WaitlistEnabled bool // whether learners without a seat may wait; switching it off keeps those who wait
}

// Exists reports whether the course has been created.
func (c Course) Exists() bool { return c.Sequence > 0 }

// NeedsPromotion reports whether the course is open and has a free seat and learners waiting.
func (c Course) NeedsPromotion() bool { return c.Open && c.hasSeat() && c.WaitlistLength > 0 }

func (c Course) hasSeat() bool { return c.SeatsTaken < c.Capacity }

// Settings are a change of terms: a nil field keeps its value. A new course is open and has a waitlist unless they say otherwise.
type Settings struct {
	Title           *string
	Capacity        *int
	Open            *bool
	WaitlistEnabled *bool
}

// Validate returns a [Violation] for a title that is empty, too long or has control characters, and for a capacity
// outside 0 to [MaxCapacity].
func (s Settings) Validate() error {
	if s.Title != nil {
		if err := ValidateText("title", *s.Title, MaxTitle); err != nil {
			return err
		}
	}
	if s.Capacity != nil && (*s.Capacity < 0 || *s.Capacity > MaxCapacity) {
		return &Violation{"capacity", fmt.Sprintf("must be between 0 and %d, got %d", MaxCapacity, *s.Capacity)}
	}
	return nil
}

// on returns the terms of c after s, and false if c does not exist and s is not enough to create it.
func (s Settings) on(c Course) (Terms, bool) {
	t := c.Terms
	if !c.Exists() {
		if s.Title == nil || s.Capacity == nil {
			return t, false
		}
		t.Open, t.WaitlistEnabled = true, true
	}
	set(&t.Title, s.Title)
	set(&t.Capacity, s.Capacity)
	set(&t.Open, s.Open)
	set(&t.WaitlistEnabled, s.WaitlistEnabled)
	return t, true
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
