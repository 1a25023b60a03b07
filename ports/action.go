package ports

import (
	"cmp"
	"encoding/binary"

	"example.com/roster/domain"
)

// MaxActions is how many actions one command, and one transaction, may have.
const MaxActions = 1024

// AnyNumber is what [Action.MaxPromotions] returns if the action may free any number of seats.
const AnyNumber = MaxActions * MaxActions

// MustNotExist is the IfRevision of a [PutCourse] that only creates.
const MustNotExist = -1

// An Action is one change of a course that a command asks for: [Enroll], [Withdraw] or [PutCourse]. It carries all that the core
// and the entry points need to know about it except two things, each in one type switch: how it is decided (package application)
// and how it is written into a queue's message (the queue's adapter). docs/contributing.md lists the steps that add one.
type Action interface {
	// Name is the action's name in metrics.
	Name() string
	// CourseID returns the course that the action changes.
	CourseID() domain.CourseID
	// Learners returns the learners whose standings the decision has to know, none for an action on the course alone.
	Learners() []domain.LearnerID
	// MaxPromotions returns how many waiting learners the action may promote at most.
	MaxPromotions() int
	// OpenToPartners reports whether a partner may ask for the action, for any learner.
	OpenToPartners() bool
	// Validate returns a [domain.Violation] unless every value can be right.
	Validate() error
	// AppendCanonical appends bytes that no other action has. A stored fingerprint is made of them, so they never change.
	AppendCanonical(b []byte) []byte
	sealed()
}

// Enroll asks for a seat on the course, or for a place on its waitlist: [domain.Roster.Enroll].
type Enroll struct {
	Course   domain.CourseID
	Learner  domain.LearnerID
	SeatOnly bool // a seat, and no place on the waitlist
}

// Withdraw gives up a seat or a place on the waitlist: [domain.Roster.Withdraw].
type Withdraw struct {
	Course     domain.CourseID
	Learner    domain.LearnerID
	Enrollment domain.EnrollmentID // optional: the live enrollment must be it
}

// PutCourse creates a course or changes its terms: [domain.Roster.Put]. Without settings it only promotes.
type PutCourse struct {
	Course domain.CourseID
	domain.Settings
	IfRevision int64 // the revision that the course must have, else [ErrPreconditionFailed]; 0 accepts any, see [MustNotExist]
	IfSequence int64 // the sequence likewise
}

var (
	_ Action = Enroll{}
	_ Action = Withdraw{}
	_ Action = PutCourse{}
)

func (Enroll) sealed()    {}
func (Withdraw) sealed()  {}
func (PutCourse) sealed() {}

func (Enroll) Name() string                   { return "enroll" }
func (a Enroll) CourseID() domain.CourseID    { return a.Course }
func (a Enroll) Learners() []domain.LearnerID { return []domain.LearnerID{a.Learner} }
func (Enroll) MaxPromotions() int             { return 0 }
func (Enroll) OpenToPartners() bool           { return true }
func (a Enroll) Validate() error              { return cmp.Or(a.Learner.ValidateNew(), a.Course.Validate()) }

func (a Enroll) AppendCanonical(b []byte) []byte {
	kind := byte('E')
	if a.SeatOnly {
		kind = 'S'
	}
	return appendText(appendText(append(b, kind), string(a.Course)), string(a.Learner))
}

func (Withdraw) Name() string                   { return "withdraw" }
func (a Withdraw) CourseID() domain.CourseID    { return a.Course }
func (a Withdraw) Learners() []domain.LearnerID { return []domain.LearnerID{a.Learner} }
func (Withdraw) MaxPromotions() int             { return 1 }
func (Withdraw) OpenToPartners() bool           { return false }
func (a Withdraw) Validate() error              { return cmp.Or(a.Learner.Validate(), a.Course.Validate()) }

func (a Withdraw) AppendCanonical(b []byte) []byte {
	if a.Enrollment != "" {
		b = appendText(append(b, 'X'), string(a.Enrollment))
	}
	return appendText(appendText(append(b, 'W'), string(a.Course)), string(a.Learner))
}

func (PutCourse) Name() string                 { return "put" }
func (a PutCourse) CourseID() domain.CourseID  { return a.Course }
func (PutCourse) Learners() []domain.LearnerID { return nil }
func (PutCourse) MaxPromotions() int           { return AnyNumber }
func (PutCourse) OpenToPartners() bool         { return false }
func (a PutCourse) Validate() error            { return cmp.Or(a.Settings.Validate(), a.Course.Validate()) }

func (a PutCourse) AppendCanonical(b []byte) []byte {
	b = appendText(append(b, 'P'), string(a.Course))
	b = appendSetting(b, a.Title, appendText)
	b = appendSetting(b, a.Capacity, func(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) })
	b = appendSetting(b, a.Open, appendBool)
	b = appendSetting(b, a.WaitlistEnabled, appendBool)
	b = binary.AppendVarint(b, a.IfRevision)
	if a.IfSequence != 0 {
		b = binary.AppendVarint(append(b, 'I'), a.IfSequence)
	}
	return b
}

func appendSetting[T any](b []byte, value *T, append func([]byte, T) []byte) []byte {
	if value == nil {
		return appendBool(b, false)
	}
	return append(appendBool(b, true), *value)
}

// appendText writes the length first, so that no two texts in a row read alike.
func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
}
