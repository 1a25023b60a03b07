package ports

import (
	"context"
	"iter"
	"time"

	"example.com/roster/domain"
)

// A Store keeps courses, standings, journals and replies. These eight methods are all that a store must implement.
//
// A tenant must never see what another tenant has. Times must come back as they were, to the microsecond and in UTC, and text
// byte for byte.
type Store interface {
	// Update loads what need names, calls decide, and saves the changes: all of them or none.
	//  1. From load to save, nothing else may change a course of need, a standing on it, or the reply under a key of need.
	//  2. After a conflict Update must retry: decide may run more than once, each time on values that are loaded again, and
	//     only its last run counts.
	//  3. If decide returns an error, Update must return it as it is, and save nothing. If decide panics, Update must save
	//     nothing, and the store must go on working.
	//  4. decide must not use the store. It may change the rosters; that must affect nothing but the rosters.
	//  5. When Update returns nil, the changes must be saved and visible to every later read. A failed commit must be an error.
	//  6. If ctx ends before the save begins, Update must save nothing, and its error must wrap [ErrUnavailable].
	//  7. If it is unknown whether a commit took place, the store must find out by reading back what it sent.
	//  8. The store's own errors must wrap [ErrUnavailable] (try again) or [ErrInternal].
	Update(ctx context.Context, need Need, decide func(Loaded) (Changes, error)) error

	// Snapshot calls read with a view of the tenant. In it every read must see the same committed state, whatever is updated
	// meanwhile.
	Snapshot(ctx context.Context, tenant domain.TenantID, read func(Reader) error) error

	Reader
}

// A Reader sees committed state, and must never wait for an Update. The caller may keep and change what it returns.
type Reader interface {
	// Course returns a course, or [domain.ErrCourseNotFound].
	Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error)
	// Courses returns a page in order of id (by bytes), empty past the end.
	Courses(ctx context.Context, tenant domain.TenantID, page CoursePage) ([]domain.Course, error)
	// Standing returns the standing with its position on the waitlist, or [domain.ErrNotEnrolled] if there is none. It does
	// not check whether the course exists.
	Standing(ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID) (RankedStanding, error)
	// Standings returns a page in order of sequence, empty past the end and for an unknown course.
	Standings(ctx context.Context, tenant domain.TenantID, course domain.CourseID, page StandingPage) ([]RankedStanding, error)
	// Journal yields the entries of a course whose sequence is greater than after, in order of sequence, until the end of
	// what is committed, or one error. It should hold few of them at a time.
	Journal(ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64) iter.Seq2[Entry, error]
	// Purged returns the sequence up to which a journal is a snapshot ([MaintenanceStore.Purge]), or 0 if it is whole.
	Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (int64, error)
}

// A MaintenanceStore is a store with an [Outbox] that can be cleaned up and published again. It is optional.
type MaintenanceStore interface {
	// Expire removes the replies of all tenants that were saved before a time, a bounded number in each transaction. It
	// returns how many it removed before it ended or failed.
	Expire(ctx context.Context, before time.Time) (int, error)

	// Purge compacts the old part of each journal of all tenants, in a transaction for each course. It returns how many
	// entries it removed before it ended or failed.
	//  1. The old part of a journal ends before the first entry that is unpublished, or that happened at the time or later.
	//  2. Of the old part, Purge must keep what [domain.Purge] keeps, and remove the other entries. The old part is now a
	//     snapshot, and [Reader.Purged] must return the sequence of its last entry.
	//  3. If the old part is shorter than the snapshot that an earlier Purge made, Purge must remove nothing.
	Purge(ctx context.Context, before time.Time) (int, error)

	// Republish adds records that publish entries of the tenant again: on each course, all entries from the first one on that happened
	// at the time or later. Their [Message.Republication] is new. Republish removes the unpublished records that have only such entries,
	// unless a later one of the same course stays: each course is published in order. It returns how many entries are to be published.
	Republish(ctx context.Context, tenant domain.TenantID, since time.Time) (int, error)
}

// An ErasureStore is a store that can find what it has about a learner on all courses, and forget it. It is optional.
type ErasureStore interface {
	// LearnerStandings returns a page of the learner's standings with their positions on the waitlists, in order of course (by
	// bytes), empty past the end and for an unknown learner. It must see what is committed now.
	LearnerStandings(ctx context.Context, tenant domain.TenantID, learner domain.LearnerID, page LearnerPage) ([]RankedStanding, error)
	// About returns what Forget would change or remove, as of one moment. Standings and Events are in order of course and sequence,
	// Replies in order of subject and name, DeadLetters in order of ID.
	About(ctx context.Context, tenant domain.TenantID, learner domain.LearnerID) (PersonalData, error)
	// Forget replaces the learner by the pseudonym in every standing, entry and reply of the tenant. It removes the replies
	// whose subject is the learner, and the dead letters about the learner. It must do all of this or nothing. If the learner
	// is unknown, it changes nothing and returns zeros. The caller must choose a pseudonym that has no standing.
	// A learner may have had other ids. Follow each journal from its end. Before a rename to the id, the learner's entries have its Previous
	// id. Before a rename from the id, entries under the id are another person's. Forget must replace the learner in all these entries, and
	// in Previous. It must treat replies and dead letters under an earlier id alike, if they are not later than the last rename from that id.
	Forget(ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID) (Forgotten, error)
}

// A DeadLetterStore is a store for commands from a queue that failed. It is optional.
type DeadLetterStore interface {
	// PutDeadLetters saves dead letters of one tenant as they are. One whose ID exists replaces the earlier one, and adds to
	// its Attempts.
	PutDeadLetters(ctx context.Context, tenant domain.TenantID, letters []DeadLetter) error
	// ListDeadLetters returns a page in order of ID (by bytes), empty past the end.
	ListDeadLetters(ctx context.Context, tenant domain.TenantID, page DeadLetterPage) ([]DeadLetter, error)
	// DeleteDeadLetters removes the dead letters that have one of these IDs. An unknown ID is not an error.
	DeleteDeadLetters(ctx context.Context, tenant domain.TenantID, ids []string) error
}

// A Need is what a decision has to know. It must not name a course, a learner of a course or a key twice.
type Need struct {
	Tenant  domain.TenantID
	Courses []NeedCourse // in order of id, so that locks are taken in one order
	Keys    []IdempotencyKey
}

// A NeedCourse asks for a course, for what these learners hold on it, and for the first FirstWaiting learners on its waitlist.
type NeedCourse struct {
	ID           domain.CourseID
	Learners     []domain.LearnerID
	FirstWaiting int
}

// An IdempotencyKey is a name that a subject chose for a command. Keys of different tenants, subjects or names are different.
type IdempotencyKey struct {
	Subject string
	Name    string
}

// Loaded answers a [Need] position by position.
type Loaded struct {
	Rosters []*domain.Roster    // one whose course does not exist has Sequence 0
	Replies []IdempotencyRecord // one that does not exist has an empty Fingerprint
	// More loads a larger need in place of the first: of the same tenant and courses, with more learners, longer waitlists or
	// more keys. decide may call it until decide returns, and must return its error. If Update retries after that, it loads
	// the larger need at once. More is nil if loading takes next to no time.
	More func(Need) (Loaded, error)
}

// Changes are the result of a decision, as values: the store saves them and computes nothing. If there are none, it saves nothing.
type Changes struct {
	Courses   []domain.Course     // new or replaced
	Renamed   []RenamedStanding   // standings that get another learner and keep all else, before the others are saved
	Standings []domain.Standing   // new or replaced, at most one per learner and course, in order of sequence per course
	Journal   []Entry             // appended, in order of sequence per course
	Replies   []IdempotencyRecord // new
}

// A RenamedStanding is a standing of From that becomes one of To, who has none.
type RenamedStanding struct {
	Course   domain.CourseID
	From, To domain.LearnerID
}

// An Entry is an event in a journal.
type Entry struct {
	ID          string // unique, made for the event; consumers deduplicate by it
	Correlation string
	Trace       string // of the command: [Command.Trace]
	domain.Event
}

// An IdempotencyRecord is the saved reply to a command that had a key.
type IdempotencyRecord struct {
	IdempotencyKey
	Fingerprint string // of the command, to tell it from another one under the same key
	At          time.Time
	Outcomes    []Outcome // one per action, at most [MaxActions]
}

// A Clock returns the current time.
type Clock interface {
	Now() time.Time
}

// IDs is a source of identifiers.
type IDs interface {
	// New returns an identifier that no call returned before, in this process or another: a UUID of version 7 (RFC 9562).
	New() string
}
