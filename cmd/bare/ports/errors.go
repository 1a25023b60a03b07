package ports

import (
	"errors"

	"example.com/roster/cmd/bare/domain"
)

// Kinds of errors that are not refusals by a rule. With those of [domain.Kinds] the list is closed.
const (
	ErrUnauthenticated domain.Kind = "unauthenticated" // the actor is unknown
	ErrForbidden       domain.Kind = "forbidden"       // the actor may not do this
	ErrNotFound        domain.Kind = "not_found"       // nothing is stored under the id
	ErrUnavailable     domain.Kind = "unavailable"     // try again; first look whether the change is saved
	ErrInternal        domain.Kind = "internal"        // a defect, in the core or in a driver
)

// Kinds returns the domain's kinds and this package's, so that a test can check that a table has all of them.
func Kinds() []domain.Kind {
	return append(domain.Kinds(), ErrUnauthenticated, ErrForbidden, ErrNotFound, ErrUnavailable, ErrInternal)
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
