package entry

import "example.com/roster/domain"

// DetailOf returns the detail of an error of a kind.
func DetailOf(kind domain.Kind) string { return newErrorJSON(kind).Detail }
