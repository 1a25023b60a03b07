package httpapi

import (
	"net/http"

	"example.com/roster/ports"
)

// trace returns the request's traceparent in the form of version 00, or "" if there is not exactly one valid traceparent.
func trace(r *http.Request) string {
	values := r.Header.Values("traceparent")
	if len(values) != 1 {
		return ""
	}
	return ports.ParseTraceparent(values[0])
}
