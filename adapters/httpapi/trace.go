package httpapi

import (
	"net/http"
	"regexp"
	"strings"
)

// A traceparent of version 00 is version, trace-id, parent-id and flags (W3C Trace Context). Later versions may add to it
// after another hyphen.
var traceparent = regexp.MustCompile(`^([0-9a-f]{2})(-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$`)

// trace returns the request's traceparent as version 00 has it, empty where there is none that is valid.
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
