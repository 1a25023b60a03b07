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
	maxID        = 64  // characters of a tenant or course
	maxLearnerID = 255 // bytes of a learner, as OpenID Connect Core 1.0 limits sub
)

// Validate returns a [Violation] unless id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
func (id TenantID) Validate() error { return validateToken("tenant", string(id)) }

// Validate returns a [Violation] unless id is 1 to 64 characters of A-Z, a-z, 0-9, _ and -.
func (id CourseID) Validate() error { return validateToken("courseId", string(id)) }

// Validate returns a [Violation] unless id is 1 to 255 bytes of UTF-8 without control characters.
func (id LearnerID) Validate() error { return ValidateText("learnerId", string(id), maxLearnerID) }

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
