package projection

// A Row says how full a course is, according to the applied events.
type Row struct {
	Tenant     string `json:"tenant"`
	Course     string `json:"courseId"`
	Title      string `json:"title"`
	Capacity   int64  `json:"capacity"`
	Enrolled   int64  `json:"enrolled"`
	Waitlisted int64  `json:"waitlisted"`
	Sequence   int64  `json:"sequence"` // of the last applied event
	Waiting    int64  `json:"waiting"`  // stored events that wait for the one after Sequence
}

// apply updates the row by e. An event of another type, such as learner.renamed or one that is new, changes only the sequence.
func (r *Row) apply(e Event) {
	r.Sequence = e.Sequence
	switch e.Type {
	case "course.opened", "course.changed", "course.closed":
		r.Title, r.Capacity = e.Data.Title, e.Data.Capacity
	case "learner.enrolled":
		r.Enrolled++
	case "learner.waitlisted":
		r.Waitlisted++
	case "learner.promoted":
		r.Waitlisted--
		r.Enrolled++
	case "learner.withdrawn":
		if e.Data.From == "enrolled" {
			r.Enrolled--
		} else {
			r.Waitlisted--
		}
	}
}

// restore updates the row by events of which superseded ones may be missing: it counts each enrollment by its last event.
func (r *Row) restore(events []Event) {
	last := make(map[string]string)
	for _, e := range events {
		switch e.Type {
		case "learner.enrolled", "learner.waitlisted", "learner.promoted", "learner.withdrawn":
			r.Sequence = e.Sequence
			last[e.Data.Enrollment] = e.Type
		default:
			r.apply(e)
		}
	}
	for _, eventType := range last {
		switch eventType {
		case "learner.enrolled", "learner.promoted":
			r.Enrolled++
		case "learner.waitlisted":
			r.Waitlisted++
		}
	}
}
