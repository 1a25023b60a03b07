package httpapi

import (
	"net/http"
)

// harden tells browsers to take an answer for nothing but what it says it is. A page that shows more sets a policy of its
// own. Personal answers are kept nowhere; a course may be kept by its one reader, who asks each time whether it is current.
func harden(header http.Header, r *http.Request, route string) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if r.TLS != nil {
		header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	switch {
	case r.Method == http.MethodGet && route == "/v1/courses/:courseId":
		header.Set("Cache-Control", "private, no-cache")
	case needsActor(route):
		header.Set("Cache-Control", "no-store")
	}
}

// challenge is the WWW-Authenticate of a 401 (RFC 6750): it speaks of a token only where one was sent.
func challenge(r *http.Request) string {
	if r.Header.Get("Authorization") == "" {
		return "Bearer"
	}
	return `Bearer error="invalid_token"`
}
