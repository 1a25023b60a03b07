// Package spelling finds the known name that an unknown one is meant to be, so that entry points refuse misspelled names rather than
// ignore them.
package spelling

import (
	"slices"
	"strings"
)

// Meant returns the first known name that differs from name at most in letter case and by one letter: one that is inserted, deleted or
// substituted, or two that are transposed. It returns "" if there is none.
func Meant(name string, known []string) string {
	for _, k := range known {
		if near([]rune(strings.ToLower(name)), []rune(strings.ToLower(k))) {
			return k
		}
	}
	return ""
}

func near(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for len(a) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	switch {
	case len(a) != len(b):
		return slices.Equal(a, b[1:])
	case len(a) > 1 && a[0] == b[1] && a[1] == b[0]:
		return slices.Equal(a[2:], b[2:])
	}
	return len(a) == 0 || slices.Equal(a[1:], b[1:])
}
