package inbox_test

import (
	"slices"
	"testing"

	"example.com/roster/exercise/inbox"
)

// rowsOf returns the row of the story after each of its events, and before the first.
func rowsOf() []inbox.Row {
	rows := []inbox.Row{{}}
	for _, e := range story("go-101") {
		row := rows[len(rows)-1]
		row.Apply(e)
		rows = append(rows, row)
	}
	return rows
}

func TestCheckEachTwiceLater(t *testing.T) {
	db, rows := inbox.NewDB(), rowsOf()
	events := story("go-101")
	for i := range events {
		deliver(t, db, events[:i+1]...) // all of the earlier ones, again
		if got := db.Row("go-101"); got != rows[i+1] {
			t.Fatalf("Events 1 to %d were delivered, the earlier ones again: the row is %+v, want %+v. An event must count once, however often it comes.",
				i+1, got, rows[i+1])
		}
	}
}

// permute calls do with every order of the events.
func permute(events []inbox.Event, do func([]inbox.Event)) {
	var place func(int)
	place = func(i int) {
		if i == len(events) {
			do(events)
		}
		for j := i; j < len(events); j++ {
			events[i], events[j] = events[j], events[i]
			place(i + 1)
			events[i], events[j] = events[j], events[i]
		}
	}
	place(0)
}

// sequences returns the numbers of the events.
func sequences(events []inbox.Event) (numbers []int64) {
	for _, e := range events {
		numbers = append(numbers, e.Sequence)
	}
	return numbers
}

// Events in every order. At each point, the row says what is known without a gap.
func TestCheckEveryOrder(t *testing.T) {
	rows := rowsOf()
	permute(story("go-101")[:5], func(events []inbox.Event) {
		if t.Failed() {
			return
		}
		db, came := inbox.NewDB(), make(map[int64]bool)
		for i, e := range events {
			deliver(t, db, e)
			came[e.Sequence] = true
			last := int64(0)
			for came[last+1] {
				last++
			}
			if got := db.Row("go-101"); got != rows[last] {
				t.Errorf("The events came in the order %v: the row is %+v, want %+v, as after event %d. What comes early must wait, and must not get lost.",
					sequences(events[:i+1]), got, rows[last], last)
				return
			}
		}
		if n := db.Early(); n > 0 {
			t.Errorf("The events came in the order %v, and all are applied. The table Early still has %d of them, and grows for ever: remove an event from it when you apply it.", sequences(events), n)
		}
	})
}

func TestCheckEarlyTwice(t *testing.T) {
	events := story("go-101")
	db := inbox.NewDB()
	deliver(t, db, events[0], events[2], events[2], events[1], events[2], events[1])
	is(t, db, "go-101", 2, 2, 3)
	if n := db.Early(); n > 0 {
		t.Errorf("Event 3 came early, twice, and again after it was applied. The table Early still has %d events, which are never removed.", n)
	}
}

// The program is started again after each event.
func TestCheckRestart(t *testing.T) {
	events := story("go-101")
	db := inbox.NewDB()
	for _, e := range []int{1, 0, 0, 1, 3, 3, 2, 1, 0, 2, 6, 5, 4, 6, 5} {
		deliver(t, db, events[e]) // by a new consumer
	}
	if got, want := db.Row("go-101"), rowsOf()[7]; got != want {
		t.Errorf("The program was started again after each event: the row is %+v, want %+v. What it has seen must be in the database.", got, want)
	}
}

// The nth commit fails. The broker delivers again what was not acknowledged.
func TestCheckDiskFails(t *testing.T) {
	for nth := 1; nth <= 20; nth++ {
		events := story("go-101")
		slices.Reverse(events[3:])
		db, n := inbox.NewDB(), 0
		db.Fails = func() bool { n++; return n == nth }
		deliver(t, db, append(events, events...)...)
		if got, want := db.Row("go-101"), rowsOf()[7]; got != want {
			t.Fatalf("Commit %d fails, and the event is delivered again: the row is %+v, want %+v. What is remembered, and what the event does, must be one transaction.",
				nth, got, want)
		}
	}
}

func TestCheckCourses(t *testing.T) {
	db := inbox.NewDB()
	one, other := story("go-101"), story("sql-1")
	for i := range one {
		deliver(t, db, one[i])
		if i < 3 {
			deliver(t, db, other[i+1])
		}
	}
	is(t, db, "go-101", 3, 2, 7)
	is(t, db, "sql-1", 0, 0, 0)
	deliver(t, db, other[0])
	is(t, db, "sql-1", 5, 2, 4)
}
