package sqlstore

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

type CourseRow struct {
	bun.BaseModel  `bun:"table:courses,alias:c"`
	TenantID       domain.TenantID `bun:"tenant_id,pk"`
	CourseID       domain.CourseID `bun:"course_id,pk"`
	Title          string          `bun:"title"`
	Capacity       int             `bun:"capacity"`
	Open           bool            `bun:"open"`
	Waitlist       bool            `bun:"waitlist"`
	SeatsTaken     int             `bun:"seats_taken"`
	WaitlistLength int             `bun:"waitlist_length"`
	Sequence       int64           `bun:"sequence"`
	Revision       int64           `bun:"revision"`
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

type StandingRow struct {
	bun.BaseModel `bun:"table:standings,alias:s"`
	TenantID      domain.TenantID     `bun:"tenant_id,pk"`
	CourseID      domain.CourseID     `bun:"course_id,pk"`
	LearnerID     domain.LearnerID    `bun:"learner_id,pk"`
	EnrollmentID  domain.EnrollmentID `bun:"enrollment_id"`
	Status        domain.Status       `bun:"status"`
	Sequence      int64               `bun:"sequence"`
	Since         time.Time           `bun:"since"`
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

// An EntryRow has NULL for what its type of event does not have.
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
		Terms:      domain.Terms{Title: r.Title, Capacity: r.Capacity, Open: r.Open, WaitlistEnabled: r.Waitlist},
	}}
}

func (r EntryRow) message() ports.Message { return ports.Message{Tenant: r.TenantID, Entry: r.entry()} }

type ReplyRow struct {
	bun.BaseModel `bun:"table:replies,alias:r"`
	TenantID      domain.TenantID `bun:"tenant_id,pk"`
	Subject       string          `bun:"subject,pk"`
	Name          string          `bun:"name,pk"`
	Fingerprint   string          `bun:"fingerprint"`
	RepliedAt     time.Time       `bun:"replied_at"`
	Outcomes      []byte          `bun:"outcomes"`
}

func newReplyRow(tenant domain.TenantID, k ports.IdempotencyRecord) (ReplyRow, error) {
	outcomes, err := encodeOutcomes(k.Outcomes)
	return ReplyRow{
		TenantID:    tenant,
		Subject:     k.Subject,
		Name:        k.Name,
		Fingerprint: k.Fingerprint,
		RepliedAt:   k.At,
		Outcomes:    outcomes,
	}, err
}

func (r ReplyRow) kept() (ports.IdempotencyRecord, error) {
	outcomes, err := decodeOutcomes(r.Outcomes)
	return ports.IdempotencyRecord{
		IdempotencyKey: ports.IdempotencyKey{Subject: r.Subject, Name: r.Name},
		Fingerprint:    r.Fingerprint,
		At:             r.RepliedAt.UTC(),
		Outcomes:       outcomes,
	}, err
}

// An outboxRow marks how far a course's journal has been published, and how far it is a snapshot; a missing one, not at all.
type outboxRow struct {
	bun.BaseModel `bun:"table:outbox,alias:o"`
	Tenant        domain.TenantID `bun:"tenant_id,pk"`
	Course        domain.CourseID `bun:"course_id,pk"`
	Published     int64           `bun:"published"`
	Purged        int64           `bun:"purged"`
}

type letterRow struct {
	bun.BaseModel `bun:"table:dead_letters,alias:d"`
	Tenant        domain.TenantID  `bun:"tenant_id,pk"`
	ID            string           `bun:"letter_id,pk"`
	Subject       string           `bun:"subject"`
	Role          ports.Role       `bun:"role"`
	Key           string           `bun:"key"`
	Learner       domain.LearnerID `bun:"learner_id,nullzero"`
	Body          []byte           `bun:"body"`
	Reason        domain.Kind      `bun:"reason"`
	Detail        string           `bun:"detail"`
	Tries         int              `bun:"tries"`
	At            time.Time        `bun:"buried_at"`
}

func newLetterRow(tenant domain.TenantID, l ports.DeadLetter) letterRow {
	return letterRow{
		Tenant:  tenant,
		ID:      l.ID,
		Subject: legible(l.By.Subject),
		Role:    l.By.Role,
		Key:     legible(l.Key),
		Learner: domain.LearnerID(legible(string(l.Learner))),
		Body:    append([]byte{}, l.Body...), // an empty one is no NULL
		Reason:  l.Reason,
		Detail:  legible(l.Detail),
		Tries:   l.Attempts,
		At:      l.At,
	}
}

// legible replaces what is no text to a database: NUL, and bytes that are no UTF-8. A letter is buried because something is
// wrong with it, and must not fail to be for that; its body is kept as it came.
func legible(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func (r letterRow) letter() ports.DeadLetter {
	return ports.DeadLetter{
		ID:       r.ID,
		By:       ports.Actor{Tenant: r.Tenant, Subject: r.Subject, Role: r.Role},
		Key:      r.Key,
		Learner:  r.Learner,
		Body:     r.Body,
		Reason:   r.Reason,
		Detail:   r.Detail,
		Attempts: r.Tries,
		At:       r.At.UTC(),
	}
}
