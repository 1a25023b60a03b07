package httpapi_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
)

// A page on an allowed origin may send what the API needs, and read every answer of it, refusals too. A page elsewhere may not. No flood
// from an address makes a preflight request fail, which has no token; of a flood of them, the log has one a second.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const origin = "https://school.example"
	var log bytes.Buffer
	s := serve(newCatalog(1), httpapi.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), httpapi.WithClock(&manualClock{now: noon}),
		httpapi.WithAuthenticator(bySubject), httpapi.WithRateLimit(must(httpapi.ParseLimit("5/1m"))),
		httpapi.WithCrossOrigin("https://other.example", origin))
	preflight := func(from string) response {
		return get(s, "OPTIONS", "/v1/courses/c/enrollments", "Origin", from,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
	}
	allowed := preflight(origin)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST",
		"Access-Control-Allow-Headers": "Idempotency-Key,If-Match,If-None-Match,X-Correlation-ID,traceparent,tracestate",
		"Access-Control-Max-Age":       "600", "Vary": "Origin",
	} {
		if got := strings.Join(allowed.header[name], ","); !strings.Contains(got, want) {
			t.Errorf("preflight: %s is %q, want %q", name, got, want)
		}
	}
	if allowed.status != 204 || allowed.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %d %v", allowed.status, allowed.header)
	}
	for _, elsewhere := range []string{"https://evil.example", "https://school.example.evil.example", "http://school.example", "null"} {
		if got := preflight(elsewhere); got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may call: %v", elsewhere, got.header)
		}
	}
	for range 6 {
		get(s, "GET", "/v1/courses", "Authorization", "Bearer invalid")
	}
	for range 6 {
		if got := preflight(origin); got.status != 204 {
			t.Errorf("a preflight after a flood from its address: %d, want 204", got.status)
		}
	}
	if lines := strings.Count(log.String(), "method=OPTIONS"); lines != 1 {
		t.Errorf("%d lines about preflight requests, want 1:\n%s", lines, log.String())
	}
	for token, status := range map[string]int{"": 429, "Bearer a/ada": 200} {
		got := get(s, "GET", "/v1/courses", "Origin", origin, "Authorization", token)
		if got.status != status || got.header.Get("Access-Control-Allow-Origin") != origin ||
			!strings.Contains(got.header.Get("Access-Control-Expose-Headers"), "Retry-After") {
			t.Errorf("%q: %d %v", token, got.status, got.header)
		}
	}
	without := serve(newCatalog(1))
	for _, method := range []string{"OPTIONS", "GET"} {
		got := get(without, method, "/v1/courses", "Origin", origin)
		if slices.ContainsFunc(keys(got.header), func(name string) bool { return strings.HasPrefix(name, "Access-Control") }) {
			t.Errorf("%s without an origin that may call: %v", method, got.header)
		}
	}
}

func keys(h http.Header) (names []string) {
	for name := range h {
		names = append(names, name)
	}
	return names
}
