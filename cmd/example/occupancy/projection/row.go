package projection

// A Row is how full a course is, as far as the events have told.
type Row struct {
	Tenant     string `json:"tenant"`
	Course     string `json:"courseId"`
	Title      string `json:"title"`
	Capacity   int64  `json:"capacity"`
	Enrolled   int64  `json:"enrolled"`
	Waitlisted int64  `json:"waitlisted"`
	Sequence   int64  `json:"sequence"` // of the last event that is in the figures
	Waiting    int64  `json:"waiting"`  // events that came, and wait for the one after Sequence
}

// apply makes the row what it is after e. A type that it does not know, as one that is new, changes no figure.
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

// restore makes the row what it is after events of which the overtaken may be missing: the last of an enrollment tells what
// became of it.
func (r *Row) restore(events []Event) {
	last := make(map[string]string)
	for _, e := range events {
		switch {
		case e.Data.Enrollment != "":
			r.Sequence = e.Sequence
			last[e.Data.Enrollment] = e.Type
		default:
			r.apply(e)
		}
	}
	for _, became := range last {
		switch became {
		case "learner.enrolled", "learner.promoted":
			r.Enrolled++
		case "learner.waitlisted":
			r.Waitlisted++
		}
	}
}
