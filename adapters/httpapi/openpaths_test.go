package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
)

// openPaths has each path that needs no token, and the most calls of a part that any number of requests within a second make. None of
// them calls the service, so none depends on what is stored. cmd/proof's BenchmarkOpenPaths measures them on a running program.
var openPaths = []struct {
	route, path string
	status      int
	partCalls   int
}{
	{"/", "/", 200, 0},
	{"/healthz", "/healthz", 200, 0},
	{"/readyz", "/readyz", 200, 1},
	{"/openapi.json", "/openapi.json", 200, 0},
	{"/docs", "/docs", 200, 0},
	{"/docs/:file", "/docs/start.js", 200, 0},
	{"/problems/:code", "/problems/course_full", 200, 0},
	{"", "/unknown", 404, 0},
}

func TestOpenPathsDoNoWorkPerRequest(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, open := range openPaths {
		listed[open.route] = true
		calls := 0
		part := httpapi.Part{Name: "store", Ready: func(context.Context) error { calls++; return nil }}
		s := serve(mocked(t), httpapi.WithParts(part), httpapi.WithClock(&manualClock{now: noon}))
		for range 100 {
			if got := send(t, s, "GET", open.path, "", "Accept", "text/html, application/json, */*"); got.status != open.status {
				t.Fatalf("%s: %d %s", open.path, got.status, got.body)
			}
		}
		if calls != open.partCalls {
			t.Errorf("100 requests of %s called a part %d times, want %d", open.path, calls, open.partCalls)
		}
	}
	for _, route := range serve(mocked(t)).Routes() {
		_, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{", ":", "}", "").Replace(path)
		if open := !httpapi.NeedsActor(path); open != listed[path] {
			t.Errorf("%s: open is %t, and in the table is %t", route, open, listed[path])
		}
	}
}
