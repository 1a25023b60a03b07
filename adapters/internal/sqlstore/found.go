package sqlstore

import (
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Found is what a database has of what a [ports.Need] names, in no order but that of lines.
type Found struct {
	Courses   []CourseRow
	Standings []StandingRow
	Lines     []StandingRow // the heads of the lines, in order of sequence per course
	Replies   []ReplyRow
}

// loaded answers need by what was found.
func (f Found) loaded(need ports.Need) (ports.Loaded, error) {
	courses := make(map[domain.CourseID]domain.Course, len(f.Courses))
	for _, row := range f.Courses {
		courses[row.CourseID] = row.course()
	}
	replies := make(map[ports.IdempotencyKey]ports.IdempotencyRecord, len(f.Replies))
	for _, row := range f.Replies {
		kept, err := row.kept()
		if err != nil {
			return ports.Loaded{}, err
		}
		replies[kept.IdempotencyKey] = kept
	}
	standings, lines := byCourse(f.Standings), byCourse(f.Lines)
	loaded := ports.Loaded{Rosters: make([]*domain.Roster, len(need.Courses)), Replies: make([]ports.IdempotencyRecord, len(need.Keys))}
	for i, n := range need.Courses {
		course := courses[n.ID]
		course.ID = n.ID
		loaded.Rosters[i] = domain.NewRoster(course, standings[n.ID], lines[n.ID])
	}
	for i, key := range need.Keys {
		loaded.Replies[i] = replies[key]
	}
	return loaded, nil
}

func byCourse(rows []StandingRow) map[domain.CourseID][]domain.Standing {
	grouped := make(map[domain.CourseID][]domain.Standing)
	for _, row := range rows {
		grouped[row.CourseID] = append(grouped[row.CourseID], row.standing())
	}
	return grouped
}

// Rows are what a decision came to, as a database keeps it.
type Rows struct {
	Created []CourseRow // there was none to lock: where somebody else was first, the violated key says so
	Changed []CourseRow
	Entered []StandingRow // of learners who had none on the course
	Moved   []StandingRow // of those who had one
	Journal []EntryRow    // new
	Replies []ReplyRow    // new, as created courses are
}

// places are the courses that the rows change.
func (r Rows) places() (courses []ports.CourseRef) {
	for _, rows := range [][]CourseRow{r.Created, r.Changed} {
		for _, row := range rows {
			courses = append(courses, ports.CourseRef{Tenant: row.TenantID, Course: row.CourseID})
		}
	}
	return courses
}

// rows are the changes of a tenant, on courses of which these were found.
func (f Found) rows(tenant domain.TenantID, changes ports.Changes) (Rows, error) {
	known := make(map[domain.CourseID]bool, len(f.Courses))
	for _, row := range f.Courses {
		known[row.CourseID] = true
	}
	var rows Rows
	for _, c := range changes.Courses {
		if row := newCourseRow(tenant, c); known[c.ID] {
			rows.Changed = append(rows.Changed, row)
		} else {
			rows.Created = append(rows.Created, row)
		}
	}
	had := f.had()
	for _, s := range changes.Standings {
		if row := newStandingRow(tenant, s); had[seat{s.Course, s.Learner}] {
			rows.Moved = append(rows.Moved, row)
		} else {
			rows.Entered = append(rows.Entered, row)
		}
	}
	rows.Journal = convert(changes.Journal, func(e ports.Entry) EntryRow { return newEntryRow(tenant, e) })
	rows.Replies = make([]ReplyRow, len(changes.Replies))
	for i, kept := range changes.Replies {
		var err error
		if rows.Replies[i], err = newReplyRow(tenant, kept); err != nil {
			return Rows{}, err
		}
	}
	return rows, nil
}

// A seat is where a learner's standing is kept.
type seat struct {
	course  domain.CourseID
	learner domain.LearnerID
}

// had tells of which learners there is a standing.
func (f Found) had() map[seat]bool {
	had := make(map[seat]bool, len(f.Standings)+len(f.Lines))
	for _, rows := range [][]StandingRow{f.Standings, f.Lines} {
		for _, row := range rows {
			had[seat{row.CourseID, row.LearnerID}] = true
		}
	}
	return had
}
