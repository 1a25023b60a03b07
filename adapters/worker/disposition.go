package worker

import (
	"errors"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A disposition is what happens to a queued command after its reply.
type disposition int

const (
	retryAlone disposition = iota // retried, at last alone; dead-lettered if it still fails
	done                          // answered
	retry                         // retried with its whole batch until the store is available
	deadLetter                    // stored as a dead letter: as it is, it can't succeed
)

// dispositions has every kind, and "" for a command that succeeded. A kind that is missing counts as internal.
var dispositions = map[domain.Kind]disposition{
	"": done,

	domain.ErrInvalidArgument:    deadLetter,
	domain.ErrCourseNotFound:     deadLetter,
	domain.ErrCourseFull:         done,
	domain.ErrCourseClosed:       done,
	domain.ErrAlreadyEnrolled:    done,
	domain.ErrAlreadyWaitlisted:  done,
	domain.ErrNotEnrolled:        done,
	domain.ErrEnrollmentMismatch: done,
	domain.ErrAlreadyExists:      done, // of a rename, which the queue does not have

	ports.ErrUnauthenticated:    deadLetter,
	ports.ErrForbidden:          deadLetter,
	ports.ErrNotFound:           deadLetter,
	ports.ErrPreconditionFailed: done,
	ports.ErrKeyReused:          deadLetter,
	ports.ErrInProgress:         retry,
	ports.ErrUnavailable:        retry,
	ports.ErrInternal:           retryAlone,
}

// errorOf returns the error or the refusal in the reply to a command of one action, or to one that is all or nothing. It returns nil
// if the command succeeded. It says which action of several was refused.
func errorOf(r ports.Reply) error {
	_, err := r.All()
	if refusal, ok := errors.AsType[*ports.Refusal](err); ok && refusal.Action > 1 {
		return fmt.Errorf("action %d: %w", refusal.Action, err)
	}
	return err
}

func dispositionOf(r ports.Reply) disposition { return dispositions[ports.KindOf(errorOf(r))] }
