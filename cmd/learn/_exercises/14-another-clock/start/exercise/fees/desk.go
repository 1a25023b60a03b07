package fees

import (
	"time"

	"example.com/roster/ports"
)

// A Desk tells learners what a withdrawal costs now.
type Desk struct{}

// NewDesk returns a desk that has a clock.
func NewDesk(clock ports.Clock) *Desk { return &Desk{} }

// A Quote is what a withdrawal costs, and how long it costs that.
type Quote struct {
	Percent int       // of the price
	Until   time.Time // zero if it will not cost more
}

// Quote returns what a withdrawal costs now from a course that starts at a time.
func (d *Desk) Quote(start time.Time) Quote {
	return Quote{Percent: percent(start, time.Now()), Until: until(start, time.Now())}
}
