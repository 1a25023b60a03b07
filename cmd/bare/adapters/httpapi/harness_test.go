package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/golang/mock/gomock"

	"example.com/roster/cmd/bare/adapters/httpapi"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
	"example.com/roster/cmd/bare/ports/portsmock"
)

var staff = ports.Actor{Tenant: "default", Subject: "local", Role: ports.Staff}

// serve returns a server without a log that authenticates every caller as staff.
func serve(service httpapi.Service, parts ...httpapi.Part) *httpapi.Server {
	asStaff := func(*http.Request) (ports.Actor, error) { return staff, nil }
	return httpapi.New(service, asStaff, slog.New(slog.DiscardHandler), parts...)
}

// mocked returns a service that fails the test on an unexpected call.
func mocked(t testing.TB) *portsmock.MockService {
	return portsmock.NewMockService(gomock.NewController(t))
}

// A stub is a service that returns fixed replies.
type stub struct{ err error }

type response struct {
	status int
	header http.Header
	body   string
}

// decoded returns the body as JSON.
func (r response) decoded(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("the body is not a JSON object: %v\n%s", err, r.body)
	}
	return v
}

// send sends one request, with alternating names and values of headers, and validates the response against the spec.
func send(t testing.TB, h http.Handler, method, target, body string, headers ...string) response {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Del(headers[i]); headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	got := response{w.Code, w.Header(), w.Body.String()}
	checkAgainstSpec(t, r, got)
	return got
}

// problem sends a request and requires a problem with this status and code.
func problem(
	t testing.TB, h http.Handler, status int, code domain.Kind, method, target, body string, headers ...string,
) response {
	t.Helper()
	got := send(t, h, method, target, body, headers...)
	if got.status != status {
		t.Fatalf("%s %s %.80q: status %d, want %d\n%s", method, target, body, got.status, status, got.body)
	}
	p := got.decoded(t)
	for name, want := range map[string]any{
		"code": string(code), "type": "/problems/" + string(code), "status": float64(status),
		"correlationId": got.header.Get("X-Correlation-ID"),
	} {
		if p[name] != want {
			t.Errorf("%s %s %.80q: problem %s is %v, want %v", method, target, body, name, p[name], want)
		}
	}
	if ct := got.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s %s: content type %q", method, target, ct)
	}
	return got
}

var loadSpec = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err == nil {
		err = doc.Validate(context.Background())
	}
	return doc, err
})

func checkAgainstSpec(t testing.TB, r *http.Request, got response) {
	t.Helper()
	doc, err := loadSpec()
	if err == nil {
		err = conforms(doc, r, got)
	}
	if err != nil {
		t.Error(err)
	}
}

// conforms returns an error if the response violates doc. A request without an operation in doc must be answered with a problem.
func conforms(doc *openapi3.T, r *http.Request, got response) error {
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route(doc, r)},
		Status:                 got.status, Header: got.header, Body: io.NopCloser(bytes.NewBufferString(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		return fmt.Errorf("%s %s: the answer with status %d violates the spec: %w\n%.2000s", r.Method, r.URL, got.status, err, got.body)
	}
	return nil
}

// route returns the operation of the request: of the patterns that fit its path, the one with the fewest parameters.
func route(doc *openapi3.T, r *http.Request) *routers.Route {
	for _, pattern := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(pattern)
		if operation := item.GetOperation(r.Method); operation != nil && fits(pattern, r.URL.EscapedPath()) {
			return &routers.Route{Spec: doc, Path: pattern, PathItem: item, Method: r.Method, Operation: operation}
		}
	}
	problem := openapi3.NewResponse().WithDescription("").WithContent(openapi3.Content{
		"application/problem+json": openapi3.NewMediaType().WithSchemaRef(doc.Components.Schemas["Problem"]),
	})
	responses := openapi3.NewResponses(openapi3.WithName("default", problem))
	return &routers.Route{Spec: doc, Operation: &openapi3.Operation{Responses: responses}}
}

func fits(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// wantJSON requires an answer with this status and the same JSON as want.
func wantJSON(t testing.TB, got response, status int, want string) {
	t.Helper()
	var a, b any
	err := errors.Join(json.Unmarshal([]byte(got.body), &a), json.Unmarshal([]byte(want), &b))
	if err != nil || got.status != status || !reflect.DeepEqual(a, b) {
		t.Errorf("got %d %s\nwant %d %s", got.status, got.body, status, want)
	}
}
