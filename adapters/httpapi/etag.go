package httpapi

import (
	"strconv"
	"strings"

	"example.com/roster/domain"
)

// entityTag changes with everything that is shown of a course, and its first number with the terms alone.
func entityTag(c domain.Course) string { return formatTag(c.Revision, c.Sequence) }

func formatTag(revision, sequence int64) string {
	return `"` + strconv.FormatInt(revision, 10) + "." + strconv.FormatInt(sequence, 10) + `"`
}

// has reports whether If-None-Match names the tag, weak or strong, or is "*".
func has(ifNoneMatch *string, tag string) bool {
	if ifNoneMatch == nil {
		return false
	}
	for given := range strings.SplitSeq(*ifNoneMatch, ",") {
		given = strings.TrimSpace(given)
		if given == "*" || strings.TrimPrefix(given, "W/") == tag {
			return true
		}
	}
	return false
}

// revisionOf returns the revision in a tag that [entityTag] made, and false for any other text.
func revisionOf(tag string) (int64, bool) {
	first, second, _ := strings.Cut(strings.Trim(tag, `"`), ".")
	revision, _ := strconv.ParseInt(first, 10, 64)
	sequence, _ := strconv.ParseInt(second, 10, 64)
	return revision, revision > 0 && tag == formatTag(revision, sequence)
}
