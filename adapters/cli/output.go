package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A Session is what a command runs with.
type Session struct {
	Context context.Context
	Service ports.Service
	By      ports.Actor
	JSON    bool      // the result alone on Out, as JSON
	In      io.Reader // standard input, which a file named - is
	Out     io.Writer // results
	Err     io.Writer // errors, one line each; progress
}

// Open opens a file that a command names, or In if the name is -, and returns what is known of it; nil: nothing. To read In fails when
// Context ends.
func (s *Session) Open(name string) (in io.ReadCloser, info os.FileInfo, err error) {
	if name == "-" {
		if f, ok := s.In.(*os.File); ok {
			info, _ = f.Stat()
		}
		in, out := io.Pipe() // a read of a terminal or a pipe does not notice the end of a context
		go func() { _, err := io.Copy(out, s.In); out.CloseWithError(err) }()
		context.AfterFunc(s.Context, func() { out.CloseWithError(fmt.Errorf("%w: standard input was interrupted", ports.ErrUnavailable)) })
		return in, info, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	if info, err = f.Stat(); err != nil || info.IsDir() {
		_ = f.Close()
		return nil, nil, UsageError{fmt.Sprintf("%s is not a file; name a file, or - for standard input", name)}
	}
	return f, info, nil
}

// Print writes one result: as one line of JSON if JSON is set, else as lines of text. Every line is escaped: see [Escape].
func (s *Session) Print(result any, lines ...string) error { return s.printTo(s.Out, result, lines...) }

func (s *Session) printTo(w io.Writer, result any, lines ...string) error {
	if s.JSON {
		var line strings.Builder
		encoder := json.NewEncoder(&line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(result); err != nil {
			return err
		}
		lines = []string{strings.TrimSuffix(line.String(), "\n")}
	}
	return writeLines(w, lines...)
}

// writeLines writes all text of the command line, escaped: see [Escape]. A test lets no other function write to Out or Err.
func writeLines(w io.Writer, lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, Escape(line)); err != nil {
			return err
		}
	}
	return nil
}

// Note writes a line to Err, escaped.
func (s *Session) Note(line string) { _ = writeLines(s.Err, line) }

func (s *Session) submit(key string, action ports.Action) (ports.Outcome, error) {
	return s.send(key, ports.Command{Actions: []ports.Action{action}}).One()
}

// send submits a command of the session's actor, under the key if that is not empty.
func (s *Session) send(key string, command ports.Command) ports.Reply {
	command.By, command.Key = s.By, key
	return s.Service.Submit(s.Context, command)[0]
}

// ExitCode returns the exit code for err.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return explanationOf(err).exit
}

// Report prints err, unless it is nil, and returns the exit code. It prints one JSON object on Out if JSON is set, else one
// line on Err.
func (s *Session) Report(err error) int {
	if err == nil {
		return 0
	}
	kind, detail := ports.KindOf(err), explain(err)
	if _, after := errors.AsType[AfterOutput](err); s.JSON && !after {
		_ = s.Print(errorJSON{kind, detail, liveStanding(err), refusedAt(err)})
	} else {
		s.Note(fmt.Sprintf("roster: %s (%s)", detail, kind))
	}
	return ExitCode(err)
}

// liveStanding returns the live standing that made the command fail, or nil.
func liveStanding(err error) *standingJSON {
	if r, ok := errors.AsType[*ports.Refusal](err); ok && r.Standing.Live() {
		return newStandingJSON(r.Standing, nil)
	}
	return nil
}

// refusedAt returns the number of the action that made a command fail that is all or nothing, else 0.
func refusedAt(err error) int {
	if r, ok := errors.AsType[*ports.Refusal](err); ok {
		return r.Action
	}
	return 0
}

// A UsageError is an error in the command line itself. Its kind is [domain.ErrInvalidArgument].
type UsageError struct{ Detail string }

func (e UsageError) Error() string { return e.Detail }

// Unwrap makes errors.Is(e, domain.ErrInvalidArgument) true.
func (e UsageError) Unwrap() error { return domain.ErrInvalidArgument }

// AfterOutput is the error of a command that has printed its result. [Session.Report] prints it on Err in any case, so that
// Out holds the result alone.
type AfterOutput struct{ Err error }

func (e AfterOutput) Error() string { return e.Err.Error() }

// Unwrap returns the error, whose kind gives the exit code.
func (e AfterOutput) Unwrap() error { return e.Err }

// A failure is an error with the ids in the command, which its explanation names.
type failure struct {
	err     error
	course  domain.CourseID
	learner domain.LearnerID
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// An explanation is the exit code and the text for a kind of error.
type explanation struct {
	exit int
	text string // {course} and {learner} are the command's, {cause} is the error's text
}

// explanationOf returns the explanation of an error's kind. A kind that explanations lacks is the program's own, and means a rejection.
func explanationOf(err error) explanation {
	if e, ok := explanations[ports.KindOf(err)]; ok {
		return e
	}
	return explanation{3, "{cause}"}
}

// explanations has every kind of ports.
var explanations = map[domain.Kind]explanation{
	ports.ErrInternal: {1, "unexpected error: {cause}"},

	domain.ErrInvalidArgument: {2, "{cause}"},
	ports.ErrUnauthenticated:  {2, "authentication is required: {cause}"},
	ports.ErrForbidden:        {2, "you may not do this: {cause}"},

	domain.ErrCourseNotFound:     {3, "there is no course {course}; create it with: roster course put {course} --title TITLE --capacity N"},
	domain.ErrCourseFull:         {3, "course {course} has no free seat, and no waitlist to use; add seats with: roster course put {course} --capacity N"},
	domain.ErrCourseClosed:       {3, "course {course} is closed; open it with: roster course put {course} --open true"},
	domain.ErrAlreadyEnrolled:    {3, "{learner} already has a seat on {course}"},
	domain.ErrAlreadyWaitlisted:  {3, "{learner} is already on the waitlist of {course}"},
	domain.ErrNotEnrolled:        {3, "{learner} has no seat on {course} and is not on its waitlist; see: roster list {course}"},
	domain.ErrEnrollmentMismatch: {3, "the live enrollment of {learner} on {course} is another one; see: roster list {course}"},
	domain.ErrAlreadyExists:      {3, "{learner} cannot be renamed, because histories cannot be joined: {cause}"},
	ports.ErrNotFound:            {3, "not found: {cause}"},
	ports.ErrPreconditionFailed:  {3, "{cause}"},
	ports.ErrKeyReused:           {3, "this key was used for another command; choose another --key"},

	ports.ErrInProgress:  {4, "the first command under this key may still be running; try again: {cause}"},
	ports.ErrUnavailable: {4, "not available now; try again: {cause}"},
}

// explain describes err in one line.
func explain(err error) string {
	about := failure{}
	if f, ok := errors.AsType[*failure](err); ok {
		about = *f
	}
	cause := strings.ReplaceAll(err.Error(), string(ports.KindOf(err))+": ", "") // Report appends the kind
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		cause = v.Error()
	}
	text := strings.NewReplacer("{course}", string(about.course), "{learner}", string(about.learner), "{cause}", cause).
		Replace(explanationOf(err).text)
	if n := refusedAt(err); n > 0 {
		text = fmt.Sprintf("nothing was done, because action %d was refused: %s", n, text)
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// standingJSON is the JSON view of a standing.
type standingJSON struct {
	Course     domain.CourseID     `json:"courseId"`
	Learner    domain.LearnerID    `json:"learnerId"`
	Enrollment domain.EnrollmentID `json:"enrollmentId"`
	Status     domain.Status       `json:"status"`
	Position   *int                `json:"position,omitempty"` // nil if it is not known
	Sequence   int64               `json:"sequence"`
	Since      time.Time           `json:"since"`
	Promoted   *standingJSON       `json:"promoted,omitempty"` // the learner who got the seat
}

func newStandingJSON(s domain.Standing, position *int) *standingJSON {
	return &standingJSON{
		Course:     s.Course,
		Learner:    s.Learner,
		Enrollment: s.Enrollment,
		Status:     s.Status,
		Position:   position,
		Sequence:   s.Sequence,
		Since:      s.Since.UTC(),
	}
}

// newOutcomeJSON returns the standing after an enrollment or a withdrawal, and who was promoted by it.
func newOutcomeJSON(o ports.Outcome) *standingJSON {
	view := newStandingJSON(o.Standing, &o.Position)
	if len(o.Promoted) > 0 {
		view.Promoted = newStandingJSON(o.Promoted[0], new(0))
	}
	return view
}

// courseJSON is the JSON view of a course.
type courseJSON struct {
	ID             domain.CourseID `json:"courseId"`
	Title          string          `json:"title"`
	Capacity       int             `json:"capacity"`
	Open           bool            `json:"open"`
	Waitlist       bool            `json:"waitlistEnabled"`
	SeatsTaken     int             `json:"seatsTaken"`
	WaitlistLength int             `json:"waitlistLength"`
	Sequence       int64           `json:"sequence"`
}

func newCourseJSON(c domain.Course) courseJSON {
	return courseJSON{
		ID:             c.ID,
		Title:          c.Title,
		Capacity:       c.Capacity,
		Open:           c.Open,
		Waitlist:       c.WaitlistEnabled,
		SeatsTaken:     c.SeatsTaken,
		WaitlistLength: c.WaitlistLength,
		Sequence:       c.Sequence,
	}
}

// reportJSON is the JSON view of [ports.CheckReport].
type reportJSON struct {
	Courses     int              `json:"courses"`
	Events      int              `json:"events"`
	Differences []differenceJSON `json:"differences"` // never null
}

type differenceJSON struct {
	Course domain.CourseID `json:"courseId"`
	Detail string          `json:"detail"`
}

func newReportJSON(r ports.CheckReport) reportJSON {
	view := reportJSON{Courses: r.Courses, Events: r.Events, Differences: make([]differenceJSON, len(r.Differences))}
	for i, d := range r.Differences {
		view.Differences[i] = differenceJSON{Course: d.Course, Detail: d.Detail}
	}
	return view
}

// errorJSON is the JSON view of an error.
type errorJSON struct {
	Code     domain.Kind   `json:"code"`
	Detail   string        `json:"detail"`
	Standing *standingJSON `json:"standing,omitempty"`  // the live standing of an already_… error
	At       int           `json:"refusedAt,omitempty"` // the refused line of a command that is all or nothing
}
