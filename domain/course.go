package domain

import "fmt"

// Limits of a course's settings.
const (
	MaxTitle    = 200           // bytes
	MaxCapacity = 1_000_000_000 // seats
)

// A Course is what is known of a course without its learners. The zero Sequence means that there is none yet.
type Course struct {
	ID CourseID
	Terms
	SeatsTaken     int
	WaitlistLength int
	Sequence       int64 // of the latest change: 1, 2, 3 … without a gap
	Revision       int64 // Sequence of the latest change of the terms
}

// Terms are what the people who run a course decide about it.
type Terms struct {
	Title           string
	Capacity        int  // may be 0, and may be fewer than the seats taken
	Open            bool // closed: nobody gains a seat
	WaitlistEnabled bool // whether those who find no seat may wait; off, a line that is there drains
}

// Exists reports whether the course has been created.
func (c Course) Exists() bool { return c.Sequence > 0 }

// Behind reports whether the course is open with a free seat while learners wait: the line is still to be served.
func (c Course) NeedsPromotion() bool { return c.Open && c.hasSeat() && c.WaitlistLength > 0 }

func (c Course) hasSeat() bool { return c.SeatsTaken < c.Capacity }

// Settings are a change of terms: nil keeps what was. A new course is open with a waitlist unless they say otherwise.
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
		return &Violation{"capacity", fmt.Sprintf("must be 0 to %d, not %d", MaxCapacity, *s.Capacity)}
	}
	return nil
}

// on returns the terms that come of s on c, and false where there is no course and s is not enough to make one.
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
