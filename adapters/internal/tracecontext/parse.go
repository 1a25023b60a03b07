// Package tracecontext reads W3C Trace Context for the HTTP API and the queue.
package tracecontext

import (
	"regexp"
	"strings"
)

// form is that of a traceparent, which has a version, a trace id, a span id and flags. A later version may add to it after another hyphen.
var form = regexp.MustCompile(`^([0-9a-f]{2})(-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$`)

// Parse returns a traceparent (W3C Trace Context) in the form of version 00, or "" if the text is not valid. A valid
// one of version 00 is returned as it is.
func Parse(text string) string {
	parts := form.FindStringSubmatch(text)
	if parts == nil || parts[1] == "ff" || parts[1] == "00" && parts[3] != "" {
		return ""
	}
	if ids := parts[2]; strings.HasPrefix(ids, "-"+strings.Repeat("0", 32)) || strings.Contains(ids, "-"+strings.Repeat("0", 16)+"-") {
		return ""
	}
	return "00" + parts[2]
}
