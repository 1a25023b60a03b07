// Package inbox reads events of courses, and keeps how full each course is.
package inbox

// A Consumer keeps the rows of a database up to date.
type Consumer struct {
	DB *DB
}

// Handle processes an event that the broker delivers. If it returns nil, the broker may forget the event. Otherwise the broker delivers it again. It may
// deliver any event more than once, and in any order.
func (c *Consumer) Handle(e Event) error {
	return c.DB.Update(func(t Tables) error {
		row := t.Rows[e.Course]
		row.Apply(e)
		t.Rows[e.Course] = row
		return nil
	})
}
