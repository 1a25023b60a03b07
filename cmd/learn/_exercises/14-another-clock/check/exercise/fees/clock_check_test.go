package fees_test

import (
	"testing"
	"time"

	"example.com/roster/exercise/fees"
)

// A moving clock goes on by a step after each reading.
type moving struct {
	now  time.Time
	step time.Duration
	read int
}

func (c *moving) Now() time.Time {
	now := c.now
	c.now, c.read = now.Add(c.step), c.read+1
	return now
}

var monday = time.Date(2001, 1, 1, 12, 0, 0, 0, time.UTC)

func TestDeskAsksItsClock(t *testing.T) {
	clock := &moving{now: monday}
	desk, start := fees.NewDesk(clock), monday.AddDate(0, 0, 2)
	want := fees.Quote{Percent: 0, Until: time.Date(2001, 1, 2, 0, 0, 0, 0, time.UTC)}
	if got := desk.Quote(start); got != want {
		t.Fatalf("The clock of the desk says 1 January 2001, and the course starts on the 3rd. Got %+v, want %+v: the desk asks another clock", got, want)
	}
	for _, percent := range []int{50, 100, 100} {
		clock.now = clock.now.AddDate(0, 0, 1)
		if got := desk.Quote(start); got.Percent != percent {
			t.Fatalf("A day later, on %s, the same desk says %d %%, want %d %%: the clock must be asked for each quote", clock.now.Format(time.DateOnly),
				got.Percent, percent)
		}
	}
}

func TestOneMoment(t *testing.T) {
	clock := &moving{now: monday, step: 24 * time.Hour}
	got := fees.NewDesk(clock).Quote(monday.AddDate(0, 0, 2))
	if clock.read != 1 || got.Percent != 0 || got.Until.Day() != 2 {
		t.Errorf("During one quote, the clock was asked %d times, and the answer is %+v. If midnight passes between two readings, the two halves of an "+
			"answer are of two days: ask once, and pass the time on", clock.read, got)
	}
}
