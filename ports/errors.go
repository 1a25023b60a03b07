package ports

import (
	"errors"

	"example.com/roster/domain"
)

// Kinds that arise around the rules, not from them. With those of [domain.Kinds] the list is closed.
const (
	ErrUnauthenticated    domain.Kind = "unauthenticated"         // nobody known asks
	ErrForbidden          domain.Kind = "forbidden"               // this actor may not
	ErrNotFound           domain.Kind = "not_found"               // nothing is kept under that id, and no rule has a word of its own for it
	ErrPreconditionFailed domain.Kind = "precondition_failed"     // the course is of another revision than expected
	ErrKeyReused          domain.Kind = "idempotency_key_reused"  // another command has run under this key
	ErrInProgress         domain.Kind = "idempotency_in_progress" // the first command under this key may still be running
	ErrUnavailable        domain.Kind = "unavailable"             // try again: nothing was changed, or the key tells
	ErrInternal           domain.Kind = "internal"                // a defect, here or in a driver
)

// Kinds returns the domain's kinds and this package's, so that a table over them can be checked for gaps.
func Kinds() []domain.Kind {
	return append(domain.Kinds(), ErrUnauthenticated, ErrForbidden, ErrNotFound, ErrPreconditionFailed, ErrKeyReused,
		ErrInProgress, ErrUnavailable, ErrInternal)
}

// KindOf returns the kind that err is or wraps: [ErrInternal] where there is none, empty for nil.
func KindOf(err error) domain.Kind {
	if err == nil {
		return ""
	}
	if kind, ok := errors.AsType[domain.Kind](err); ok {
		return kind
	}
	return ErrInternal
}

// A Refusal is the error for an outcome that a rule refused, with what the learner holds.
type Refusal struct {
	Kind     domain.Kind
	Standing domain.Standing
}

func (r *Refusal) Error() string { return string(r.Kind) }

// Unwrap makes errors.Is(r, r.Kind) true.
func (r *Refusal) Unwrap() error { return r.Kind }
