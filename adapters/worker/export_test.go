package worker

import "example.com/roster/domain"

// Knows reports whether the table has the kind.
func Knows(kind domain.Kind) bool {
	_, ok := dispositions[kind]
	return ok
}
