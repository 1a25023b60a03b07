package sqlstore

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A CourseRow is also stored as JSON, in outcomes.
type CourseRow struct {
	bun.BaseModel  `bun:"table:courses,alias:c" json:"-"`
	TenantID       domain.TenantID `bun:"tenant_id,pk" json:"-"`
	CourseID       domain.CourseID `bun:"course_id,pk" json:"i,omitzero"`
	Title          string          `bun:"title" json:"t,omitzero"`
	Capacity       int             `bun:"capacity" json:"c,omitzero"`
	Open           bool            `bun:"open" json:"o,omitzero"`
	Waitlist       bool            `bun:"waitlist" json:"w,omitzero"`
	SeatsTaken     int             `bun:"seats_taken" json:"s,omitzero"`
	WaitlistLength int             `bun:"waitlist_length" json:"l,omitzero"`
	Sequence       int64           `bun:"sequence" json:"q,omitzero"`
	Revision       int64           `bun:"revision" json:"v,omitzero"`
	Announced      int64           `bun:"announced" json:"-"` // the sequence up to which there are, or were, outbox records
}

func newCourseRow(tenant domain.TenantID, c domain.Course) CourseRow {
	return CourseRow{
		TenantID:       tenant,
		CourseID:       c.ID,
		Title:          c.Title,
		Capacity:       c.Capacity,
		Open:           c.Open,
		Waitlist:       c.WaitlistEnabled,
		SeatsTaken:     c.SeatsTaken,
		WaitlistLength: c.WaitlistLength,
		Sequence:       c.Sequence,
		Revision:       c.Revision,
		Announced:      c.Sequence,
	}
}

func (r CourseRow) course() domain.Course {
	return domain.Course{
		ID:             r.CourseID,
		Terms:          domain.Terms{Title: r.Title, Capacity: r.Capacity, Open: r.Open, WaitlistEnabled: r.Waitlist},
		SeatsTaken:     r.SeatsTaken,
		WaitlistLength: r.WaitlistLength,
		Sequence:       r.Sequence,
		Revision:       r.Revision,
	}
}

// A StandingRow is also stored as JSON, in outcomes.
type StandingRow struct {
	bun.BaseModel `bun:"table:standings,alias:s" json:"-"`
	TenantID      domain.TenantID     `bun:"tenant_id,pk" json:"-"`
	CourseID      domain.CourseID     `bun:"course_id,pk" json:"c,omitzero"`
	LearnerID     domain.LearnerID    `bun:"learner_id,pk" json:"l,omitzero"`
	EnrollmentID  domain.EnrollmentID `bun:"enrollment_id" json:"e,omitzero"`
	Status        domain.Status       `bun:"status" json:"t,omitzero"`
	Sequence      int64               `bun:"sequence" json:"q,omitzero"`
	Since         time.Time           `bun:"since" json:"a,omitzero"`
}

func newStandingRow(tenant domain.TenantID, s domain.Standing) StandingRow {
	return StandingRow{
		TenantID:     tenant,
		CourseID:     s.Course,
		LearnerID:    s.Learner,
		EnrollmentID: s.Enrollment,
		Status:       s.Status,
		Sequence:     s.Sequence,
		Since:        s.Since,
	}
}

func (r StandingRow) standing() domain.Standing {
	return domain.Standing{
		Course:     r.CourseID,
		Learner:    r.LearnerID,
		Enrollment: r.EnrollmentID,
		Status:     r.Status,
		Sequence:   r.Sequence,
		Since:      r.Since.UTC(),
	}
}

// An EntryRow has NULL for the fields that its type of event does not have.
type EntryRow struct {
	bun.BaseModel `bun:"table:journal,alias:j"`
	TenantID      domain.TenantID     `bun:"tenant_id,pk"`
	CourseID      domain.CourseID     `bun:"course_id,pk"`
	Sequence      int64               `bun:"sequence,pk"`
	ID            string              `bun:"entry_id"`
	Correlation   string              `bun:"correlation"`
	Type          domain.EventType    `bun:"type"`
	At            time.Time           `bun:"occurred_at"`
	LearnerID     domain.LearnerID    `bun:"learner_id,nullzero"`
	EnrollmentID  domain.EnrollmentID `bun:"enrollment_id,nullzero"`
	From          domain.Status       `bun:"from_status,nullzero"`
	Title         string              `bun:"title,nullzero"`
	Capacity      int                 `bun:"capacity,nullzero"`
	Open          bool                `bun:"open,nullzero"`
	Waitlist      bool                `bun:"waitlist,nullzero"`
	Trace         string              `bun:"trace,nullzero"`
	Previous      domain.LearnerID    `bun:"previous_learner_id,nullzero"`
}

func newEntryRow(tenant domain.TenantID, e ports.Entry) EntryRow {
	return EntryRow{
		TenantID:     tenant,
		CourseID:     e.Course,
		Sequence:     e.Sequence,
		ID:           e.ID,
		Correlation:  e.Correlation,
		Type:         e.Type,
		At:           e.At,
		LearnerID:    e.Learner,
		EnrollmentID: e.Enrollment,
		From:         e.From,
		Title:        e.Title,
		Capacity:     e.Capacity,
		Open:         e.Open,
		Waitlist:     e.WaitlistEnabled,
		Trace:        e.Trace,
		Previous:     e.Previous,
	}
}

func (r EntryRow) entry() ports.Entry {
	return ports.Entry{ID: r.ID, Correlation: r.Correlation, Trace: r.Trace, Event: domain.Event{
		Type:       r.Type,
		Course:     r.CourseID,
		Sequence:   r.Sequence,
		At:         r.At.UTC(),
		Learner:    r.LearnerID,
		Enrollment: r.EnrollmentID,
		From:       r.From,
		Previous:   r.Previous,
		Terms:      domain.Terms{Title: r.Title, Capacity: r.Capacity, Open: r.Open, WaitlistEnabled: r.Waitlist},
	}}
}

type ReplyRow struct {
	bun.BaseModel `bun:"table:replies,alias:r"`
	TenantID      domain.TenantID `bun:"tenant_id,pk"`
	Subject       string          `bun:"subject,pk"`
	Name          string          `bun:"name,pk"`
	Fingerprint   string          `bun:"fingerprint"`
	RepliedAt     time.Time       `bun:"replied_at"`
	Outcomes      []byte          `bun:"outcomes"`
}

// newReplyRow returns a row without outcomes.
func newReplyRow(tenant domain.TenantID, r ports.IdempotencyRecord) ReplyRow {
	return ReplyRow{
		TenantID:    tenant,
		Subject:     r.Subject,
		Name:        r.Name,
		Fingerprint: r.Fingerprint,
		RepliedAt:   r.At,
	}
}

func (r ReplyRow) record() (ports.IdempotencyRecord, error) {
	outcomes, err := decodeOutcomes(r.Outcomes)
	return ports.IdempotencyRecord{
		IdempotencyKey: ports.IdempotencyKey{Subject: r.Subject, Name: r.Name},
		Fingerprint:    r.Fingerprint,
		At:             r.RepliedAt.UTC(),
		Outcomes:       outcomes,
	}, err
}

// LoadedRows are the rows that the database has of a [ports.Need]. Only Waitlist is ordered.
type LoadedRows struct {
	Courses   []CourseRow
	Standings []StandingRow
	Waitlist  []StandingRow // the first of each waitlist, by sequence per course
	Replies   []ReplyRow
}

// loaded returns the rows in the order of need.
func (l LoadedRows) loaded(need ports.Need) (ports.Loaded, error) {
	courses := make(map[domain.CourseID]domain.Course, len(l.Courses))
	for _, row := range l.Courses {
		courses[row.CourseID] = row.course()
	}
	replies := make(map[ports.IdempotencyKey]ports.IdempotencyRecord, len(l.Replies))
	for _, row := range l.Replies {
		record, err := row.record()
		if err != nil {
			return ports.Loaded{}, err
		}
		replies[record.IdempotencyKey] = record
	}
	standings, waitlists := byCourse(l.Standings), byCourse(l.Waitlist)
	loaded := ports.Loaded{Rosters: make([]*domain.Roster, len(need.Courses)), Replies: make([]ports.IdempotencyRecord, len(need.Keys))}
	for i, n := range need.Courses {
		course := courses[n.ID]
		course.ID = n.ID
		loaded.Rosters[i] = domain.NewRoster(course, standings[n.ID], waitlists[n.ID])
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

// A WriteSet is the rows that one Update writes. An insert is of a row that was not there to lock: if another transaction
// inserted it first, the violated key is a conflict.
type WriteSet struct {
	InsertCourses   []CourseRow
	UpdateCourses   []CourseRow
	RenameStandings []RenamedRow // before the other standings
	InsertStandings []StandingRow
	UpdateStandings []StandingRow
	InsertEntries   []EntryRow
	InsertRecords   []RecordRow // one, if there are entries
	InsertReplies   []ReplyRow  // without outcomes before EncodeReplies
	replies         []ports.IdempotencyRecord
}

// longReply is how many outcomes take longer to encode than a message to the server and back.
const longReply = 100

// LongReply reports whether EncodeReplies takes so long that the server should write the other rows meanwhile.
func (w *WriteSet) LongReply() bool {
	return slices.ContainsFunc(w.replies, func(r ports.IdempotencyRecord) bool { return len(r.Outcomes) >= longReply })
}

// EncodeReplies sets the outcomes of InsertReplies.
func (w *WriteSet) EncodeReplies() (err error) {
	for i, r := range w.replies {
		if w.InsertReplies[i].Outcomes, err = encodeOutcomes(r.Outcomes); err != nil {
			return err
		}
	}
	return nil
}

// A RenamedRow is a standing that gets another learner.
type RenamedRow struct {
	TenantID domain.TenantID
	ports.RenamedStanding
}

// writeSet returns a tenant's changes as rows: an update for each row that was loaded, else an insert.
func (l LoadedRows) writeSet(tenant domain.TenantID, changes ports.Changes) (set WriteSet) {
	type standingKey struct {
		course  domain.CourseID
		learner domain.LearnerID
	}
	courses := make(map[domain.CourseID]bool, len(l.Courses))
	for _, row := range l.Courses {
		courses[row.CourseID] = true
	}
	standings := make(map[standingKey]bool, len(l.Standings)+len(l.Waitlist))
	for _, row := range slices.Concat(l.Standings, l.Waitlist) {
		standings[standingKey{row.CourseID, row.LearnerID}] = true
	}
	for _, c := range changes.Courses {
		if row := newCourseRow(tenant, c); courses[c.ID] {
			set.UpdateCourses = append(set.UpdateCourses, row)
		} else {
			set.InsertCourses = append(set.InsertCourses, row)
		}
	}
	for _, r := range changes.Renamed {
		set.RenameStandings = append(set.RenameStandings, RenamedRow{tenant, r})
		standings[standingKey{r.Course, r.From}], standings[standingKey{r.Course, r.To}] = false, true
	}
	for _, s := range changes.Standings {
		if row := newStandingRow(tenant, s); standings[standingKey{s.Course, s.Learner}] {
			set.UpdateStandings = append(set.UpdateStandings, row)
		} else {
			set.InsertStandings = append(set.InsertStandings, row)
		}
	}
	set.InsertEntries = convert(changes.Journal, func(e ports.Entry) EntryRow { return newEntryRow(tenant, e) })
	if len(set.InsertEntries) > 0 {
		set.InsertRecords = []RecordRow{newRecordRow(set.InsertEntries)}
	}
	set.InsertReplies = convert(changes.Replies, func(r ports.IdempotencyRecord) ReplyRow { return newReplyRow(tenant, r) })
	set.replies = changes.Replies
	return set
}
