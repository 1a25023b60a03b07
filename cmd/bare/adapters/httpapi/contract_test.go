package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/roster/cmd/bare/adapters/httpapi"
	"example.com/roster/cmd/bare/ports"
)

// The router has the routes of the spec, and no others.
func TestRoutesAreTheSpec(t *testing.T) {
	t.Parallel()
	doc, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			want = append(want, method+" "+path)
		}
	}
	got := serve(stub{}).Routes()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("routes are %q, the spec has %q", got, want)
	}
}

// A response is validated by the path of its request, and not by a pattern that fits it, too.
func TestExactPathComesFirst(t *testing.T) {
	t.Parallel()
	doc := &openapi3.T{Paths: openapi3.NewPaths()}
	for _, path := range []string{"/things/{id}", "/things/recent", "/{any}/recent"} {
		doc.Paths.Set(path, &openapi3.PathItem{Get: openapi3.NewOperation()})
	}
	for path, want := range map[string]string{"/things/recent": "/things/recent", "/things/x": "/things/{id}"} {
		for range 20 { // a map has no order
			if got := route(doc, httptest.NewRequest("GET", path, nil)).Path; got != want {
				t.Fatalf("%s is validated as %s", path, got)
			}
		}
	}
}

// Every error is a problem, also for paths and methods that are not in the spec, and its type explains it.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := serve(stub{})
	problem(t, s, 404, "not_found", "GET", "/nowhere", "")
	problem(t, s, 404, "not_found", "GET", "/problems/none", "")
	problem(t, s, 405, "method_not_allowed", "DELETE", "/healthz", "")
	for _, kind := range ports.Kinds() {
		if !slices.Contains(httpapi.Codes(), kind) {
			t.Errorf("%s has no answer", kind)
		}
	}
	for _, code := range httpapi.Codes() {
		if p := send(t, s, "GET", "/problems/"+string(code), "").decoded(t); p["code"] != string(code) || p["meaning"] == "" || p["advice"] == "" {
			t.Errorf("%s is %v", code, p)
		}
	}
}

// A brokenBody is a response whose body can't be written.
type brokenBody struct {
	*httptest.ResponseRecorder
	write func() error
}

func (b brokenBody) Write([]byte) (int, error) { return 0, b.write() }

// An error or a panic after the response has begun can't change the status any more: the log has it.
func TestErrorsAfterTheResponseHasBegunAreLogged(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func() error{
		"error": func() error { return errors.New("secret") }, "panic": func() error { panic("secret") },
	} {
		var log bytes.Buffer
		s := httpapi.New(stub{}, nil, slog.New(slog.NewTextHandler(&log, nil)))
		w := httptest.NewRecorder()
		s.ServeHTTP(brokenBody{w, write}, httptest.NewRequest("GET", "/healthz", nil))
		if w.Code != 200 || !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "secret") {
			t.Errorf("%s: answered %d, logged %s", name, w.Code, log.String())
		}
	}
}

// A parameter is one segment of the path, and not empty.
func TestParametersAreSegments(t *testing.T) {
	t.Parallel()
	s := serve(stub{})
	s.AddRoute("/things/:id")
	problem(t, s, 404, "not_found", "GET", "/things/a/b", "")
	problem(t, s, 404, "not_found", "GET", "/things/", "")
}

// Every request of the spec that has a body refuses one that is no JSON object of its type.
func TestBodies(t *testing.T) {
	t.Parallel()
	doc, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	s := serve(stub{})
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.RequestBody == nil {
				continue
			}
			path := strings.NewReplacer("{", "", "}", "").Replace(path)
			for _, body := range []string{"", "{", "[]", `{"nothing":1}`, "{} {}"} {
				problem(t, s, 400, "malformed_request", method, path, body, "Content-Type", "application/json")
			}
			problem(t, s, 413, "payload_too_large", method, path, `{"text":"`+strings.Repeat("x", 64<<10)+`"}`)
			problem(t, s, 415, "unsupported_media_type", method, path, "{}", "Content-Type", "text/plain")
		}
	}
}

// Health needs no authentication. It says which part is down; only the log says why.
func TestHealth(t *testing.T) {
	t.Parallel()
	var down error
	var log bytes.Buffer
	unknown := func(*http.Request) (ports.Actor, error) { return ports.Actor{}, ports.ErrUnauthenticated }
	s := httpapi.New(stub{}, unknown, slog.New(slog.NewTextHandler(&log, nil)), httpapi.Part{Name: "store", Ready: func(context.Context) error { return down }})
	wantJSON(t, send(t, s, "GET", "/healthz", ""), 200, `{"status":"ok"}`)
	wantJSON(t, send(t, s, "GET", "/readyz", ""), 200, `{"status":"ok","parts":{"store":"ok"}}`)
	down = errors.New("dial 10.0.0.7: refused")
	got := problem(t, s, 503, "unavailable", "GET", "/readyz", "")
	if !strings.Contains(got.body, "/parts/store") || strings.Contains(got.body, "10.0.0.7") || !strings.Contains(log.String(), "10.0.0.7") {
		t.Errorf("got %s\n%s", got.body, log.String())
	}
}

// A caller who is not known reaches no use case, and the log has the reason. A defect is an answer, too.
func TestCallers(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	who := func(r *http.Request) (ports.Actor, error) {
		if r.Header.Get("Authorization") == "" {
			return ports.Actor{}, fmt.Errorf("%w: no token", ports.ErrUnauthenticated)
		}
		panic("a defect")
	}
	s := httpapi.New(mocked(t), who, slog.New(slog.NewTextHandler(&log, nil)))
	doc, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			path := strings.NewReplacer("{", "", "}", "").Replace(path)
			if operation.Security != nil && len(*operation.Security) == 0 {
				if got := send(t, s, method, path, ""); got.status == 401 {
					t.Errorf("%s %s needs a token", method, path)
				}
				continue
			}
			problem(t, s, 401, "unauthenticated", method, path, "")
			got := problem(t, s, 500, "internal", method, path, "", "Authorization", "Bearer x", "X-Correlation-ID", "mine")
			if got.header.Get("X-Correlation-ID") != "mine" || strings.Contains(got.body, "defect") {
				t.Errorf("got %s", got.body)
			}
		}
	}
	for _, want := range []string{"no token", "a defect", "correlationId=mine"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

// The page at /docs loads its files from this server alone.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := serve(stub{})
	if got := send(t, s, "HEAD", "/", ""); got.status != 302 || got.header.Get("Location") != "docs" {
		t.Errorf("got %d, %v", got.status, got.header)
	}
	if got := send(t, s, "GET", "/docs", ""); got.status != 200 || !strings.Contains(got.header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("got %d, %v", got.status, got.header)
	}
	for _, file := range []string{"start.js", "swagger-ui.css"} {
		if got := send(t, s, "GET", "/docs/"+file, ""); got.status != 200 {
			t.Errorf("%s: got %d", file, got.status)
		}
	}
	problem(t, s, 404, "not_found", "GET", "/docs/none.js", "")
}
