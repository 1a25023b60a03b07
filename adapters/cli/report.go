package cli

import (
	"errors"
	"fmt"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// ExitCode returns the exit code that err gives.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return answers[ports.KindOf(err)].exit
}

// Report tells what went wrong, where err is not nil, and returns the exit code: with JSON as one object on Out, else as
// one line on Err.
func (s *Session) Report(err error) int {
	if err == nil {
		return 0
	}
	kind, detail := ports.KindOf(err), explain(err)
	if _, told := errors.AsType[Told](err); s.JSON && !told {
		_ = s.Print(failureShape{kind, detail, holding(err)}, "")
	} else {
		fmt.Fprintf(s.Err, "roster: %s (%s)\n", detail, kind)
	}
	return ExitCode(err)
}

// holding returns the live standing that was in the way.
func holding(err error) *standingShape {
	if r, ok := errors.AsType[*ports.Refusal](err); ok && r.Standing.Live() {
		return shapeStanding(r.Standing)
	}
	return nil
}

// A UsageError says that the command line itself makes no sense. Its kind is [domain.ErrInvalidArgument].
type UsageError struct{ Detail string }

func (e UsageError) Error() string { return e.Detail }

// Unwrap makes errors.Is(e, domain.ErrInvalidArgument) true.
func (e UsageError) Unwrap() error { return domain.ErrInvalidArgument }

// Told is an error of a command that has printed its result. The result stays alone on Out: the error goes to Err in any
// case.
type Told struct{ Err error }

func (t Told) Error() string { return t.Err.Error() }

// Unwrap returns the error, whose kind gives the exit code.
func (t Told) Unwrap() error { return t.Err }

// A failure is an error with what the command was about, so that the user can be told what to do.
type failure struct {
	err     error
	course  domain.CourseID
	learner domain.LearnerID
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// An answer is how the command line puts a kind of error: the exit code, and what to tell the user.
type answer struct {
	exit int
	says string // {course}, {learner}: what the command was about; {cause}: the error's own words
}

// answers has every kind.
var answers = map[domain.Kind]answer{
	ports.ErrInternal: {1, "unexpected: {cause}"},

	domain.ErrInvalidArgument: {2, "{cause}"},
	ports.ErrUnauthenticated:  {2, "it is not known who asks: {cause}"},
	ports.ErrForbidden:        {2, "you may not do this: {cause}"},

	domain.ErrCourseNotFound:    {3, "there is no course {course}; create it with: roster course put {course} --title TITLE --capacity N"},
	domain.ErrCourseFull:        {3, "course {course} is full and has no waitlist; give it seats with: roster course put {course} --capacity N"},
	domain.ErrCourseClosed:      {3, "course {course} is closed; open it with: roster course put {course} --open true"},
	domain.ErrAlreadyEnrolled:   {3, "{learner} has a seat on {course} already"},
	domain.ErrAlreadyWaitlisted: {3, "{learner} is in line for {course} already"},
	domain.ErrNotEnrolled:       {3, "{learner} holds neither a seat nor a place in line on {course}; see: roster list {course}"},
	ports.ErrNotFound:           {3, "there is no such thing: {cause}"},
	ports.ErrPreconditionFailed: {3, "course {course} has changed meanwhile; look again with: roster course show {course}"},
	ports.ErrKeyReused:          {3, "another command has run under this key; choose another --key"},

	ports.ErrInProgress:  {4, "the first command under this key may still be running; try again: {cause}"},
	ports.ErrUnavailable: {4, "not available now; try again: {cause}"},
}

// explain puts err into one line.
func explain(err error) string {
	about := failure{}
	if f, ok := errors.AsType[*failure](err); ok {
		about = *f
	}
	cause := strings.ReplaceAll(err.Error(), string(ports.KindOf(err))+": ", "") // the kind is told at the end of the line
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		cause = v.Error()
	}
	text := strings.NewReplacer("{course}", string(about.course), "{learner}", string(about.learner), "{cause}", cause).
		Replace(answers[ports.KindOf(err)].says)
	return strings.ReplaceAll(text, "\n", "; ")
}
