package httpapi

import (
	"strconv"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// entityTag returns a course's ETag. It changes with every shown field of the course; its first number changes only with the terms.
func entityTag(c domain.Course) string { return formatTag(c.Revision, c.Sequence) }

func formatTag(revision, sequence int64) string {
	return `"` + strconv.FormatInt(revision, 10) + "." + strconv.FormatInt(sequence, 10) + `"`
}

// matches reports whether If-None-Match names the tag, weak or strong, or is "*".
func matches(ifNoneMatch *string, tag string) bool {
	if ifNoneMatch == nil {
		return false
	}
	for candidate := range strings.SplitSeq(*ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// parseTag returns the revision in a tag that [entityTag] made. No course has another tag.
func parseTag(tag string) (int64, error) {
	first, second, _ := strings.Cut(strings.Trim(tag, `"`), ".")
	revision, _ := strconv.ParseInt(first, 10, 64)
	sequence, _ := strconv.ParseInt(second, 10, 64)
	if revision < 1 || tag != formatTag(revision, sequence) {
		return 0, ports.ErrPreconditionFailed
	}
	return revision, nil
}
