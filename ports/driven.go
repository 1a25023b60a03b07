package ports

import (
	"context"
	"iter"
	"time"

	"example.com/roster/domain"
)

// A Store keeps courses, standings, journals and replies.
type Store interface {
	// Update loads what need names, has decide decide, and saves the changes: all of them or none. From load to save nobody
	// else changes a course of need, a standing on it, or keeps a reply under a key of need. Where somebody did, Update
	// begins again, so decide may run more than once, each time on values loaded afresh, and only its last run counts.
	//
	// decide must not use the store. Its error is returned as it is, and nothing is saved; if it panics, nothing is saved,
	// and the store goes on. The rosters are decide's to change: what it does to them reaches nobody else.
	//
	// When Update returns nil, what was saved is kept and seen by every later read; a failed commit is an error. The
	// store's own errors wrap [ErrUnavailable] (try again) or [ErrInternal]. If ctx ends before the save has begun,
	// nothing is saved and the error wraps [ErrUnavailable]. Where it can't be known whether a commit took place, the
	// store settles it by looking for what was sent.
	Update(ctx context.Context, need Need, decide func(Loaded) (Changes, error)) error

	// Snapshot gives read a view of the tenant in which every read sees the same committed state, whatever is updated meanwhile.
	Snapshot(ctx context.Context, tenant domain.TenantID, read func(Reader) error) error

	Reader
}

// A MaintenanceStore does what a schedule or an operator asks for. It is optional.
type MaintenanceStore interface {
	// Expire removes the replies of all tenants that were kept before a time, a bounded number in a transaction, and returns
	// how many it removed before it ended or failed.
	Expire(ctx context.Context, before time.Time) (int, error)

	// Purge makes a snapshot of the beginning of each journal, of all tenants: of its entries up to the first that is not
	// marked as published or happened at a time or later, it removes all but the last of each learner and the last of the
	// course's own. [Reader.Purged] tells how far that went. It works a course in a transaction, and returns how many entries
	// it removed before it ended or failed.
	Purge(ctx context.Context, before time.Time) (int, error)

	// Republish takes the marks of publication off the tenant's entries that happened since a time, and off all that came
	// after one on its course, and returns how many entries are unpublished by it that were not.
	Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (int, error)
}

// An ErasureStore forgets a person. It is optional.
type ErasureStore interface {
	// Forget puts the pseudonym in the learner's place in every standing, entry and reply of the tenant, and removes the
	// replies whose subject he is and the dead letters that are about him: all of it or nothing. No standing of the pseudonym
	// may be there before.
	Forget(ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID) (Forgotten, error)
}

// A DeadLetterStore keeps commands from a queue that can't be done. It is optional.
type DeadLetterStore interface {
	// PutDeadLetters keeps dead letters of one tenant. One whose ID is there already takes its place, and its Tries are added.
	PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []DeadLetter) error
	// ListDeadLetters returns a page in order of ID, empty past the end.
	ListDeadLetters(ctx context.Context, tenant domain.TenantID, page DeadLetterPage) ([]DeadLetter, error)
	// DeleteDeadLetters removes the dead letters of these IDs, those that are there.
	DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) error
}

// A Reader sees committed state. It never waits for an Update, and what it returns is the caller's to keep and change.
type Reader interface {
	// Course returns a course, or [domain.ErrCourseNotFound].
	Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error)
	// Courses returns a page in order of id (by bytes), empty past the end.
	Courses(ctx context.Context, tenant domain.TenantID, page CoursePage) ([]domain.Course, error)
	// Standing returns the standing with its place in line, or [domain.ErrNotEnrolled] where there is none; it does not ask
	// whether the course exists.
	Standing(ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID) (RankedStanding, error)
	// Standings returns a page in order of sequence, empty past the end and for an unknown course.
	Standings(ctx context.Context, tenant domain.TenantID, course domain.CourseID, page StandingPage) ([]RankedStanding, error)
	// Journal yields a course's entries whose sequence is greater than after, in order of sequence, until the end of what
	// is committed, or one error. It holds few of them at a time.
	Journal(ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64) iter.Seq2[Entry, error]
	// Purged returns the sequence up to which a course's journal is a snapshot: [MaintenanceStore.Purge]. 0: it is whole.
	Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (int64, error)
}

// A Need is what a decision has to know. It names no course, no learner of a course and no key twice.
type Need struct {
	Tenant  domain.TenantID
	Courses []NeedCourse // in order of id, so that locks are taken in one order
	Keys    []IdempotencyKey
}

// A NeedCourse asks for a course, for what these learners hold on it, and for the first Line learners in its line.
type NeedCourse struct {
	ID           domain.CourseID
	Learners     []domain.LearnerID
	FirstWaiting int
}

// A Key is a caller's idempotency key: the subject chose the name.
type IdempotencyKey struct {
	Subject string
	Name    string
}

// Loaded answers a [Need] position by position.
type Loaded struct {
	Rosters []*domain.Roster    // one whose course does not exist has Sequence 0
	Replies []IdempotencyRecord // one with an empty Fingerprint is not there
	// More answers, in place of the need that was answered, one about the same courses and tenant that asks for more learners,
	// longer lines or more keys. It may be called until decide returns; its error is for decide to return. Where Update begins
	// again after that, it loads the larger need at once. It is nil where loading takes no time worth using.
	More func(Need) (Loaded, error)
}

// Changes are what a decision came to, as values; the store saves them and computes nothing. No changes: nothing to save.
type Changes struct {
	Courses   []domain.Course     // new or replaced
	Standings []domain.Standing   // new or replaced, at most one per learner and course, in order of sequence per course
	Journal   []Entry             // appended, in order of sequence per course
	Replies   []IdempotencyRecord // new
}

// An Entry is an event as the journal keeps it.
type Entry struct {
	ID          string // unique, made for the event; consumers deduplicate by it
	Correlation string
	Trace       string // of the command: [Command.Trace]
	domain.Event
}

// A Kept is the reply to a command that had a key.
type IdempotencyRecord struct {
	IdempotencyKey
	Fingerprint string // of the command, so that another one under the key is told apart
	At          time.Time
	Outcomes    []Outcome
}

// A Clock tells the time.
type Clock interface {
	Now() time.Time
}

// IDs is a source of identifiers.
type IDs interface {
	// New returns an identifier that no call returned before, here or elsewhere: a UUID of version 7 (RFC 9562) as text.
	New() string
}
