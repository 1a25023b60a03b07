package inbox

// An Event is a message about a course. The events of a course are numbered 1, 2, 3 … without a gap.
type Event struct {
	Course   string
	Sequence int64
	Type     string // course.changed, learner.enrolled or learner.withdrawn
	Capacity int    // of course.changed
}

// A Row says how full a course is.
type Row struct {
	Capacity int
	Seats    int   // that are taken
	Sequence int64 // of the last event that was applied
}

// Apply changes the row by the event.
func (r *Row) Apply(e Event) {
	r.Sequence = e.Sequence
	switch e.Type {
	case "course.changed":
		r.Capacity = e.Capacity
	case "learner.enrolled":
		r.Seats++
	case "learner.withdrawn":
		r.Seats--
	}
}
