package worker

import "example.com/roster/domain"

// HasDisposition reports whether the table has the kind.
func HasDisposition(kind domain.Kind) bool {
	_, ok := dispositions[kind]
	return ok
}
