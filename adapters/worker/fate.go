package worker

import (
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A fate is what becomes of a letter.
type fate int

const (
	isolate fate = iota // tried again, in the end alone: what fails even then is buried
	done                // there is a reply, and nothing more to do
	retry               // tried again, with all of its batch and for as long as it takes
	bury                // kept as a dead letter: as it is, it can't be done
)

// fates has every kind, and no kind for what was not refused. A kind that is not here is treated as internal.
var fates = map[domain.Kind]fate{
	"": done,

	domain.ErrInvalidArgument:   bury,
	domain.ErrCourseNotFound:    bury,
	domain.ErrCourseFull:        done,
	domain.ErrCourseClosed:      done,
	domain.ErrAlreadyEnrolled:   done,
	domain.ErrAlreadyWaitlisted: done,
	domain.ErrNotEnrolled:       done,

	ports.ErrUnauthenticated:    bury,
	ports.ErrForbidden:          bury,
	ports.ErrNotFound:           bury,
	ports.ErrPreconditionFailed: done,
	ports.ErrKeyReused:          bury,
	ports.ErrInProgress:         retry,
	ports.ErrUnavailable:        retry,
	ports.ErrInternal:           isolate,
}

// why returns the error or the refusal that a reply to a command of one action tells of, nil where the action was done.
func why(r ports.Reply) error {
	_, err := r.One()
	return err
}

func fateOf(r ports.Reply) fate { return fates[ports.KindOf(why(r))] }
