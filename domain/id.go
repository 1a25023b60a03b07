package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identifiers. Their text is never changed; Validate says what it may contain.
type (
	TenantID     string // whose courses these are
	CourseID     string // unique within a tenant
	LearnerID    string // opaque: the identity provider's name for a person
	EnrollmentID string // of one enrollment; enrolling again makes a new one
)

const (
	maxToken = 64  // characters of a tenant
	maxID    = 255 // bytes of a course or learner, as OpenID Connect Core 1.0 limits sub
)

// Validate returns a [Violation] unless id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
func (id TenantID) Validate() error { return validateToken("tenant", string(id)) }

func validateToken(field, id string) error {
	if len(id) >= 1 && len(id) <= maxToken && strings.IndexFunc(id, notToken) < 0 {
		return nil
	}
	return &Violation{field, fmt.Sprintf("must be 1 to %d characters of A-Z, a-z, 0-9, _ and -", maxToken)}
}

// Validate returns a [Violation] unless id is 1 to 255 bytes of UTF-8 without control characters and outer white space, and
// neither . nor .., which URLs can't name.
func (id CourseID) Validate() error {
	if id == "." || id == ".." {
		return &Violation{"courseId", "must not be . or .."}
	}
	return validateTrimmed("courseId", string(id))
}

// Validate returns a [Violation] unless id is 1 to 255 bytes of UTF-8 without control characters.
func (id LearnerID) Validate() error { return ValidateText("learnerId", string(id), maxID) }

// ValidateNew is Validate for an id that is to get a standing: it must not have outer white space. Older standings may.
func (id LearnerID) ValidateNew() error { return validateTrimmed("learnerId", string(id)) }

func validateTrimmed(field, id string) error {
	if strings.TrimSpace(id) != id && ValidateText(field, id, maxID) == nil {
		return &Violation{field, fmt.Sprintf("must not begin or end with white space, got %q", id)}
	}
	return ValidateText(field, id, maxID)
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
