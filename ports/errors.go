package ports

import (
	"errors"

	"example.com/roster/domain"
)

// Kinds of errors that are not refusals by a rule. With those of [domain.Kinds] the list is closed.
const (
	ErrUnauthenticated    domain.Kind = "unauthenticated"         // the actor is unknown
	ErrForbidden          domain.Kind = "forbidden"               // the actor may not do this
	ErrNotFound           domain.Kind = "not_found"               // nothing is stored under the id, and no rule has a kind of its own for that
	ErrPreconditionFailed domain.Kind = "precondition_failed"     // the course has another revision than expected
	ErrKeyReused          domain.Kind = "idempotency_key_reused"  // another command has run under the key
	ErrInProgress         domain.Kind = "idempotency_in_progress" // the first command under the key may still be running: send it again
	ErrUnavailable        domain.Kind = "unavailable"             // try again; without a key, first look whether the change is saved
	ErrInternal           domain.Kind = "internal"                // a defect, in roster or in a driver
)

// Kinds returns the domain's kinds and this package's, so that a test can check that a table has all of them.
func Kinds() []domain.Kind {
	return append(domain.Kinds(), ErrUnauthenticated, ErrForbidden, ErrNotFound, ErrPreconditionFailed, ErrKeyReused,
		ErrInProgress, ErrUnavailable, ErrInternal)
}

// KindOf returns the kind that err is or wraps: [ErrInternal] if there is none, empty if err is nil.
func KindOf(err error) domain.Kind {
	if err == nil {
		return ""
	}
	if kind, ok := errors.AsType[domain.Kind](err); ok {
		return kind
	}
	return ErrInternal
}

// A Refusal is the error of an outcome that a rule refused, with what the learner holds.
type Refusal struct {
	Kind     domain.Kind
	Standing domain.Standing
	Action   int // the refused action, from 1, of a command that is all or nothing; else 0
}

func (r *Refusal) Error() string { return string(r.Kind) }

// Unwrap makes errors.Is(r, r.Kind) true.
func (r *Refusal) Unwrap() error { return r.Kind }
