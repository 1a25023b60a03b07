package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A TenantID names a tenant: one tenant never sees what another has.
type TenantID string

const maxID = 64 // characters

// Validate returns a [Violation] unless id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
func (id TenantID) Validate() error { return validateToken("tenant", string(id)) }

func validateToken(field, id string) error {
	if len(id) >= 1 && len(id) <= maxID && strings.IndexFunc(id, notToken) < 0 {
		return nil
	}
	return &Violation{field, fmt.Sprintf("must be 1 to %d characters of A-Z, a-z, 0-9, _ and -", maxID)}
}

func notToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// ValidateText returns a [Violation] of field unless text is 1 to most bytes of UTF-8 without control characters.
func ValidateText(field, text string, most int) error {
	if len(text) >= 1 && len(text) <= most && utf8.ValidString(text) && strings.IndexFunc(text, unicode.IsControl) < 0 {
		return nil
	}
	return &Violation{field, fmt.Sprintf("must be 1 to %d bytes of UTF-8 without control characters", most)}
}
