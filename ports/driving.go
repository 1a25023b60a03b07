package ports

import (
	"context"
	"time"

	"example.com/roster/domain"
)

// Commands is how anything is changed.
type Commands interface {
	// Submit does the commands and returns one reply per command, in order. A command is done whole or not at all, and
	// commands on one course are done in the order given. Where ctx ends first, a command that has not begun is answered
	// [ErrInProgress] if it has a key (the first under that key may still be running), else [ErrUnavailable]; one that has
	// begun is finished.
	Submit(ctx context.Context, commands ...Command) []Reply
}

// A Command is who asks for what, and under which key. A request is one command with one action; a chunk of an import
// is one command with many.
type Command struct {
	By          Actor
	Key         string   // optional: under one key, one actor's command runs once, and later gets the first one's reply
	Correlation string   // optional: ties events and log lines to what caused them; one is made where it is empty
	Trace       string   // optional: the trace that it is part of, as a traceparent (W3C Trace Context); events carry it on
	Actions     []Action // in order, in one transaction; at most [MaxActions]
}

// A Reply answers one command.
type Reply struct {
	Outcomes []Outcome // one per action, in order
	Replayed bool      // these are the outcomes of an earlier command under the same key
	Err      error     // why the command did not run; then there are no outcomes, and nothing changed
}

// An Outcome is what came of one action. It holds values only, so stores can keep it.
type Outcome struct {
	Refused  domain.Kind       // by which rule; empty when done
	Standing domain.Standing   // what the learner holds now, refused or not
	Position int               // where in line the action put the learner, 1 first; else 0
	Promoted []domain.Standing // who moved from the line to a seat by it, in order
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
		return o, &Refusal{o.Refused, o.Standing}
	}
	return o, nil
}

// A Placed is a standing with its place in line now, 1 first; 0 when not in line.
type RankedStanding struct {
	domain.Standing
	Position int
}

// Queries is how anything is seen. Every method answers [ErrForbidden] to an actor who may not see it, and nobody sees
// another tenant's courses: to him they do not exist.
type Queries interface {
	// Course returns a course, or [domain.ErrCourseNotFound]. Everybody may see it.
	Course(ctx context.Context, by Actor, id domain.CourseID) (domain.Course, error)
	// Courses returns a page of courses in order of id. Everybody may see them.
	Courses(ctx context.Context, by Actor, page CoursePage) ([]domain.Course, error)
	// Standing returns what a learner holds, withdrawn or not; [domain.ErrCourseNotFound] without the course,
	// [domain.ErrNotEnrolled] if he never held anything. A learner may see his own, staff everybody's.
	Standing(ctx context.Context, by Actor, course domain.CourseID, learner domain.LearnerID) (RankedStanding, error)
	// Standings returns a page of a course's standings in order of sequence, or [domain.ErrCourseNotFound]. Staff only.
	Standings(ctx context.Context, by Actor, course domain.CourseID, page StandingPage) ([]RankedStanding, error)
}

// A CoursePage asks for at most Limit courses whose ids come after After.
type CoursePage struct {
	Open  *bool // only the open, or only the closed
	After domain.CourseID
	Limit int // 1 or more
}

// A StandingPage asks for at most Limit standings whose sequence is greater than After.
type StandingPage struct {
	Status domain.Status // only these; empty for all
	After  int64
	Limit  int // 1 or more
}

// Checks is how the store is held against its own journal.
type Verifier interface {
	// Check folds the journal of one course, or of all the tenant's where course is empty, through the domain and compares
	// what comes of it with what is stored. Differences are the result, not an error. A course that is named but has
	// neither a row nor a journal is [domain.ErrCourseNotFound]. Staff only.
	VerifyJournal(ctx context.Context, by Actor, course domain.CourseID) (CheckReport, error)
}

// A CheckReport tells what was compared, and where it differed.
type CheckReport struct {
	Courses     int
	Events      int
	Differences []Difference
}

// A Difference is one thing that is stored otherwise than the journal says.
type Difference struct {
	Course domain.CourseID
	Detail string
}

// Upkeep is what is done to what is kept, apart from its meaning.
type Maintenance interface {
	// Expire removes replies, of every tenant, whose time is over, so that their keys are free again, and returns how many.
	// It is the schedule's, and asks nobody who he is.
	Expire(ctx context.Context) (int, error)
	// Purge removes from the journals, of every tenant, what has been published, is older than the retention, and was
	// overtaken since: [MaintenanceStore.Purge]. Without a retention it removes nothing. It is the schedule's, and asks nobody who he is.
	Purge(ctx context.Context) (int, error)
	// Republish has the relay publish again what happened since a time, with all that came after it on the same courses, and
	// returns how many events that is: for a broker that has lost some. Consumers know an event by its ID. Staff only.
	Republish(ctx context.Context, by Actor, since time.Time) (int, error)
}

// Erasure is a person's right to be forgotten.
type Erasure interface {
	// Forget erases a learner's id from all that is kept of the tenant: standings, journal and replies. Another id that
	// leads nobody back to him stands in its place, so counts, line and check stay as they were; a seat that he holds stays
	// taken. Replies that were kept for him as the one who asks are removed, and so are dead letters about him. It may be done again. Staff only.
	Forget(ctx context.Context, by Actor, learner domain.LearnerID) (Forgotten, error)
}

// Letters is how commands that came to nothing on their way from the queue are kept, looked through and done with. Staff only.
type DeadLetters interface {
	// Bury keeps dead letters. One whose ID is buried already takes its place, and its Tries are added.
	PutDeadLetters(ctx context.Context, by Actor, letters []DeadLetter) error
	// DeadLetters returns a page in order of ID, which is not that of burial.
	ListDeadLetters(ctx context.Context, by Actor, page DeadLetterPage) ([]DeadLetter, error)
	// Settle removes dead letters for good; one that is not there is settled already.
	DeleteDeadLetters(ctx context.Context, by Actor, ids []string) error
}

// A DeadLetter is a command from a queue that can't be done as it is.
type DeadLetter struct {
	ID       string           // of the message, unique in the tenant
	By       Actor            // in whose name it was to be done
	Key      string           // of the command
	Learner  domain.LearnerID // whom it is about; empty where that could not be read
	Body     []byte           // the message as it came
	Reason   domain.Kind
	Detail   string // the reason in words
	Attempts int    // how often it was tried
	At       time.Time
}

// A LetterPage asks for at most Limit dead letters whose IDs come after After.
type DeadLetterPage struct {
	After string
	Limit int // 1 or more
}

// Forgotten tells where a learner's id stood: all zero where it was not known.
type Forgotten struct {
	Standings   int
	Events      int
	Replies     int // mended or removed
	DeadLetters int // removed
}

// Service is all that the core offers.
type Service interface {
	Commands
	Queries
	Verifier
	Maintenance
	Erasure
	DeadLetters
}
