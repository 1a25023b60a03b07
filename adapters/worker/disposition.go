package worker

import (
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A fate is what becomes of a letter.
type disposition int

const (
	retryAlone disposition = iota // tried again, in the end alone: what fails even then is buried
	done                          // there is a reply, and nothing more to do
	retry                         // tried again, with all of its batch and for as long as it takes
	deadLetter                    // kept as a dead letter: as it is, it can't be done
)

// fates has every kind, and no kind for what was not refused. A kind that is not here is treated as internal.
var dispositions = map[domain.Kind]disposition{
	"": done,

	domain.ErrInvalidArgument:   deadLetter,
	domain.ErrCourseNotFound:    deadLetter,
	domain.ErrCourseFull:        done,
	domain.ErrCourseClosed:      done,
	domain.ErrAlreadyEnrolled:   done,
	domain.ErrAlreadyWaitlisted: done,
	domain.ErrNotEnrolled:       done,

	ports.ErrUnauthenticated:    deadLetter,
	ports.ErrForbidden:          deadLetter,
	ports.ErrNotFound:           deadLetter,
	ports.ErrPreconditionFailed: done,
	ports.ErrKeyReused:          deadLetter,
	ports.ErrInProgress:         retry,
	ports.ErrUnavailable:        retry,
	ports.ErrInternal:           retryAlone,
}

// why returns the error or the refusal that a reply to a command of one action tells of, nil where the action was done.
func errorOf(r ports.Reply) error {
	_, err := r.One()
	return err
}

func dispositionOf(r ports.Reply) disposition { return dispositions[ports.KindOf(errorOf(r))] }
