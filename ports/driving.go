package ports

import (
	"context"
	"time"

	"example.com/roster/domain"
)

// Commands changes courses and standings.
type Commands interface {
	// Submit runs the commands and returns one reply per command, in order.
	//  1. A command must take effect as a whole or not at all. Commands on one course run in the order given.
	//  2. If ctx ends first, the reply is [ErrInProgress] if the command has a key, else [ErrUnavailable]. A command that has
	//     begun may still be saved, so do not change its Actions: under the same key the caller gets its reply.
	Submit(ctx context.Context, commands ...Command) []Reply
}

// A Command is the actions that one actor asks for, in one transaction. A request is a command with one action; a chunk of an
// import is a command with many.
type Command struct {
	By           Actor
	Key          string   // optional: an actor's command runs once under a key; a later one gets the first one's reply
	Correlation  string   // optional: connects events and log lines with their cause; Submit makes one if it is empty
	Trace        string   // optional: the trace that it is part of, as a traceparent (W3C Trace Context); its events carry it
	Actions      []Action // in order; at most [MaxActions]
	AllOrNothing bool     // a refusal of any action undoes all of them; not for partners
}

// A Reply answers one command.
type Reply struct {
	Outcomes   []Outcome // one per action, in order; of a command that is all or nothing and refused: up to the refused one, and empty before it
	Replayed   bool      // the outcomes are those of an earlier command under the same key
	ReplayedAt time.Time // if Replayed: when that one ran
	Err        error     // why there are no outcomes; nothing changed, except perhaps with [ErrUnavailable] or [ErrInProgress]
}

// An Outcome is the result of one action. It holds values only, so stores can save it.
type Outcome struct {
	Refused  domain.Kind       // by which rule; empty if the action was done
	Standing domain.Standing   // what the learner holds now, refused or not
	Position int               // on the waitlist, if the action put the learner there: 1 is first; else 0
	Promoted []domain.Standing // who got a seat from the waitlist by it, in order
	Course   domain.Course     // after a PutCourse: the course
	Created  bool              // after a PutCourse: whether the course is new
}

// One returns the outcome of a command with a single action, and its refusal as a [*Refusal].
func (r Reply) One() (Outcome, error) {
	if r.Err != nil {
		return Outcome{}, r.Err
	}
	o := r.Outcomes[0]
	if o.Refused != "" {
		return o, &Refusal{Kind: o.Refused, Standing: o.Standing}
	}
	return o, nil
}

// All returns the outcomes of a command that is all or nothing, and its refusal as a [*Refusal].
func (r Reply) All() ([]Outcome, error) {
	if n := len(r.Outcomes); n > 0 && r.Outcomes[n-1].Refused != "" {
		return nil, &Refusal{r.Outcomes[n-1].Refused, r.Outcomes[n-1].Standing, n}
	}
	return r.Outcomes, r.Err
}

// A RankedStanding is a standing with its position on the waitlist now: 1 is first, 0 is not on the waitlist.
type RankedStanding struct {
	domain.Standing
	Position int
}

// Queries reads courses and standings. Every method returns [ErrForbidden] if the actor may not see what it asks for. Courses
// of another tenant do not exist for the actor.
type Queries interface {
	// Course returns a course, or [domain.ErrCourseNotFound]. Every actor may see it.
	Course(ctx context.Context, by Actor, id domain.CourseID) (domain.Course, error)
	// Courses returns a page in order of id, empty past the end. Every actor may see it.
	Courses(ctx context.Context, by Actor, page CoursePage) ([]domain.Course, error)
	// Standing returns what a learner holds, withdrawn or not. It returns [domain.ErrCourseNotFound] if the course does not
	// exist, and [domain.ErrNotEnrolled] if the learner never enrolled. Learners may see their own, staff everyone's.
	Standing(ctx context.Context, by Actor, course domain.CourseID, learner domain.LearnerID) (RankedStanding, error)
	// Standings returns a page in order of sequence, empty past the end, or [domain.ErrCourseNotFound]. Staff only.
	Standings(ctx context.Context, by Actor, course domain.CourseID, page StandingPage) ([]RankedStanding, error)
	// LearnerStandings returns a page of what a learner holds or has held, in order of course, empty past the end and for an
	// unknown learner. Learners may see their own, staff everyone's.
	LearnerStandings(ctx context.Context, by Actor, learner domain.LearnerID, page LearnerPage) ([]RankedStanding, error)
}

// A CoursePage asks for at most Limit courses whose ids are greater than After.
type CoursePage struct {
	Open  *bool // only open courses, or only closed ones
	After domain.CourseID
	Limit int // 1 or more
}

// A StandingPage asks for at most Limit standings whose sequence is greater than After.
type StandingPage struct {
	Status domain.Status // only of this status; empty for all
	After  int64
	Limit  int // 1 or more
}

// A LearnerPage asks for at most Limit standings on courses whose ids are greater than After.
type LearnerPage struct {
	After domain.CourseID
	Limit int // 1 or more
}

// Verifier compares the store with its own journal.
type Verifier interface {
	// VerifyJournal replays the journal of one course, or of every course of the tenant if course is empty, and compares the
	// result with what is stored. Differences are the result, not an error. It returns [domain.ErrCourseNotFound] if the course
	// is named and has neither a row nor a journal. Staff only.
	VerifyJournal(ctx context.Context, by Actor, course domain.CourseID) (CheckReport, error)
}

// A CheckReport is what was compared, and the differences.
type CheckReport struct {
	Courses     int
	Events      int
	Differences []Difference
}

// A Difference is one thing that is stored but not as the journal says.
type Difference struct {
	Course domain.CourseID
	Detail string
}

// Maintenance cleans up what is stored, and publishes events again. Expire and Purge are for every tenant, so they perform no
// authorization: no entry point that has users offers them.
type Maintenance interface {
	// Expire removes replies that are older than their keys are valid, and returns how many. Their keys are free again.
	Expire(ctx context.Context) (int, error)
	// Purge removes entries that are published, older than the retention, and no longer the latest of their learner or course
	// ([MaintenanceStore.Purge]), and returns how many. Without a retention it removes nothing.
	Purge(ctx context.Context) (int, error)
	// Republish makes the relay publish events again, if the broker has lost some: those that happened at a time or later, and
	// all later ones of the same courses. It returns how many. Consumers recognize an event by its ID. Staff only.
	Republish(ctx context.Context, by Actor, since time.Time) (int, error)
}

// Erasure is a person's rights: to know what is stored about them, to have their id corrected, and to be forgotten. Staff only.
type Erasure interface {
	// About returns everything that Forget would change or remove.
	About(ctx context.Context, by Actor, learner domain.LearnerID) (PersonalData, error)
	// Rename gives what a learner holds, or has held, to another id: seats, places on waitlists and enrollments stay. It returns on
	// how many courses. It returns [ErrNotFound] if from has held nothing, and [domain.ErrAlreadyExists] with the courses on which
	// both have. [MaxActions] courses change in one transaction; after an error the same call continues.
	Rename(ctx context.Context, by Actor, from, to domain.LearnerID) (courses int, err error)
	// Forget replaces a learner's id in all of the tenant's standings, journals and replies by an id that can't be traced back.
	// Counts, waitlist and journal stay consistent, and a seat that the learner holds stays taken. Replies to the learner as the actor
	// are removed, and so are dead letters about the learner. Ids from which the learner was renamed are erased alike. It may be repeated.
	Forget(ctx context.Context, by Actor, learner domain.LearnerID) (Forgotten, error)
}

// PersonalData is what is stored about a learner.
type PersonalData struct {
	Standings   []domain.Standing
	Events      []Entry             // in order of course and sequence; those under earlier ids, too
	Replies     []IdempotencyRecord // to the learner, or naming the learner
	DeadLetters []DeadLetter
}

// DeadLetters keeps commands from the queue that failed, until an operator repairs or deletes them. Staff only.
type DeadLetters interface {
	// PutDeadLetters saves dead letters. One whose ID exists replaces the earlier one, and adds to its Attempts.
	PutDeadLetters(ctx context.Context, by Actor, letters []DeadLetter) error
	// ListDeadLetters returns a page in order of ID, which is not the order in which they were put. It is empty past the end.
	ListDeadLetters(ctx context.Context, by Actor, page DeadLetterPage) ([]DeadLetter, error)
	// DeleteDeadLetters removes dead letters. An unknown ID is not an error.
	DeleteDeadLetters(ctx context.Context, by Actor, ids []string) error
}

// A DeadLetter is a command from a queue that can't be done as it is.
type DeadLetter struct {
	ID       string           // of the message, unique in the tenant
	By       Actor            // the command's
	Key      string           // the command's
	Learner  domain.LearnerID // whom it is about; empty if that is unreadable
	Body     []byte           // the message as received
	Reason   domain.Kind
	Detail   string // the reason in words
	Attempts int    // how often it was tried
	At       time.Time
}

// A DeadLetterPage asks for at most Limit dead letters whose IDs are greater than After.
type DeadLetterPage struct {
	After string
	Limit int // 1 or more
}

// Forgotten counts what contained a learner's id: all zero if nothing did. Entries that were purged are not counted.
type Forgotten struct {
	Standings   int
	Events      int
	Replies     int // changed or removed
	DeadLetters int // removed
}

// Service is everything that the core offers. An entry point should depend on the smaller ports that it calls.
type Service interface {
	Commands
	Queries
	Verifier
	Maintenance
	Erasure
	DeadLetters
}

// An Actor is who sends a command or a query. The entry point authenticates the actor; the application authorizes it.
type Actor struct {
	Tenant  domain.TenantID
	Subject string // who, within the tenant: a token's sub, cli:USER, queue
	Role    Role
}

// A Role is what an actor may do.
type Role string

const (
	Learner Role = "learner" // act for themselves only
	Staff   Role = "staff"   // everything in the tenant
	Partner Role = "partner" // enroll any learner
)
