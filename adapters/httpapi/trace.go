package httpapi

import (
	"net/http"
	"regexp"
	"strings"
)

// traceparent matches version, trace-id, parent-id and flags (W3C Trace Context). Versions after 00 may append fields after
// another hyphen.
var traceparent = regexp.MustCompile(`^([0-9a-f]{2})(-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$`)

// trace returns the request's traceparent in the form of version 00, or "" if there is no valid one.
func trace(r *http.Request) string {
	values := r.Header.Values("traceparent")
	if len(values) != 1 {
		return ""
	}
	parts := traceparent.FindStringSubmatch(values[0])
	if parts == nil || parts[1] == "ff" || parts[1] == "00" && parts[3] != "" {
		return ""
	}
	if ids := parts[2]; strings.HasPrefix(ids, "-"+strings.Repeat("0", 32)) || strings.Contains(ids, "-"+strings.Repeat("0", 16)+"-") {
		return ""
	}
	return "00" + parts[2]
}
