package httpapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestEveryAnswerHasSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := serve(newCatalog(1), httpapi.WithAuthenticator(bySubject))
	for _, c := range []struct {
		request, token, cache string
		status                int
	}{
		{"GET /v1/courses", "Bearer a/ada", "no-store", 200},
		{"GET /v1/courses", "", "no-store", 401},
		{"GET /v1/courses/c-00000/enrollments", "Bearer a/ada", "no-store", 200},
		{"GET /v1/courses/c-00000/enrollments/x/y", "Bearer a/ada", "no-store", 404},
		{"GET /v1/courses/x%20y?%zz", "Bearer a/ada", "private, no-cache", 400},
		{"PATCH /v1/courses/c-00000", "Bearer a/ada", "no-store", 405},
		{"GET /healthz", "", "", 200},
		{"GET /nowhere", "", "", 404},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		got := send(t, s, method, target, "", "Authorization", c.token)
		if got.status != c.status {
			t.Errorf("%s: %d, want %d", c.request, got.status, c.status)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Server": "", "X-Powered-By": "",
			"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "",
			"Cache-Control": c.cache, "Access-Control-Allow-Origin": "", "Set-Cookie": "",
		} {
			if have := got.header.Get(name); have != want {
				t.Errorf("%s: %s is %q, want %q", c.request, name, have, want)
			}
		}
	}
	r := httptest.NewRequest("GET", "/nowhere", nil)
	r.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Header().Get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains" {
		t.Errorf("under TLS: %v", w.Header())
	}
}

// Every route that is not listed here as open authenticates the caller before any other check.
func TestAuthenticationComesFirst(t *testing.T) {
	t.Parallel()
	doc, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	open := func(path string) bool {
		if path == "/" {
			return true
		}
		for _, prefix := range []string{"/healthz", "/readyz", "/openapi.json", "/docs", "/problems/"} {
			if strings.HasPrefix(path, prefix) {
				return true
			}
		}
		return false
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if public := operation.Security != nil && len(*operation.Security) == 0; public != open(path) {
				t.Errorf("%s %s: the spec says that it is open: %v", method, path, public)
			}
			target := examplePath(path, item, operation)
			if open(path) {
				if got := send(t, serve(mocked(t), httpapi.WithAuthenticator(bySubject)), method, target, ""); got.status != 200 {
					t.Errorf("%s %s is not open: %d", method, path, got.status)
				}
				continue
			}
			for _, c := range []struct {
				err       error
				status    int
				code      domain.Kind
				token     string
				challenge string
			}{
				{ports.ErrUnauthenticated, 401, "unauthenticated", "", "Bearer"},
				{fmt.Errorf("no kid: %w", ports.ErrUnauthenticated), 401, "unauthenticated", "Bearer x.y.z", `Bearer error="invalid_token"`},
				{fmt.Errorf("%w: 10.0.0.7 is down", ports.ErrUnavailable), 503, "unavailable", "Bearer x.y.z", ""},
				{fmt.Errorf("keys: %w", context.DeadlineExceeded), 503, "unavailable", "Bearer x.y.z", ""},
				{errors.New("10.0.0.7 broke"), 500, "internal", "Bearer x.y.z", ""},
			} {
				refuse := httpapi.WithAuthenticator(func(*http.Request) (ports.Actor, error) { return ports.Actor{}, c.err })
				got := problem(t, serve(mocked(t), refuse), c.status, c.code, method, target+"?%zz", "{", "Authorization", c.token)
				if got.header.Get("WWW-Authenticate") != c.challenge || strings.Contains(got.body, "10.0.0.7") {
					t.Errorf("%s %s: WWW-Authenticate %q, body %s", method, path, got.header.Get("WWW-Authenticate"), got.body)
				}
				if retry := got.header.Get("Retry-After") != ""; retry != (c.status == 503) {
					t.Errorf("%s %s: %d with Retry-After %v", method, path, c.status, retry)
				}
			}
		}
	}
}

// An observerFunc is an observer that calls a function.
type observerFunc func(ctx context.Context, route, method string, status int, took time.Duration)

type observedKey struct{}

func (observerFunc) Begin(r *http.Request) context.Context {
	return context.WithValue(r.Context(), observedKey{}, true)
}

func (f observerFunc) Request(ctx context.Context, route, method string, status int, took time.Duration) {
	f(ctx, route, method, status, took)
}

func TestObserverSeesEachRequestOnce(t *testing.T) {
	t.Parallel()
	var reported []string
	var correlation string
	s := serve(newCatalog(1), httpapi.WithAuthenticator(bySubject), httpapi.WithObserver(observerFunc(
		func(ctx context.Context, route, method string, status int, took time.Duration) {
			if ctx.Value(observedKey{}) == nil {
				t.Error("the request did not run in the context that Begin returned")
			}
			correlation = httpapi.Correlation(ctx)
			reported = append(reported, fmt.Sprintf("%s %s %d %v", method, route, status, took > 0))
		})))
	for _, c := range []struct{ request, want string }{
		{"GET /v1/courses/c/enrollments", "GET /v1/courses/:courseId/enrollments 200 true"},
		{"GET /v1/courses/c/enrollments/grace", "GET /v1/courses/:courseId/enrollments/:learnerId 500 true"}, // the catalog panics
		{"PATCH /v1/courses/c/enrollments/grace", "PATCH /v1/courses/:courseId/enrollments/:learnerId 405 true"},
		{"BREW /v1/courses", "OTHER /v1/courses 405 true"},
		{"BREW /grace", "OTHER  404 true"},
		{"GET /v1/grace", "GET  404 true"},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		reported = nil
		send(t, s, method, target, "", "X-Correlation-ID", "c-1", "Authorization", "Bearer a/ada")
		if len(reported) != 1 || reported[0] != c.want || correlation != "c-1" {
			t.Errorf("%s: reported %q of %s, want %q", c.request, reported, correlation, c.want)
		}
	}
	if got := httpapi.Correlation(t.Context()); got != "" {
		t.Errorf("the correlation id without a request is %q", got)
	}
}

func TestConnectionsAboveTheLimitWait(t *testing.T) {
	t.Parallel()
	address := listen(t, serve(newCatalog(1), httpapi.WithMaxConnections(2)))
	dial := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		return c
	}
	const hang = 2 * time.Minute
	answered := func(c net.Conn, within time.Duration) bool {
		_ = c.SetReadDeadline(time.Now().Add(within)) // steady: a hang, or as long as nothing may be answered
		n, _ := c.Read(make([]byte, 12))
		return n > 0
	}
	first, second := dial(), dial()
	if !answered(first, hang) || !answered(second, hang) {
		t.Fatal("not answered")
	}
	third := dial()
	if answered(third, 100*time.Millisecond) {
		t.Error("the server accepted a third connection")
	}
	first.Close()
	if !answered(third, hang) {
		t.Error("the server did not accept the third connection after one had closed")
	}
}

// listen serves on the loopback until the test ends, and returns the address.
func listen(t *testing.T, s *httpapi.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		end()
		<-ended
	})
	return l.Addr().String()
}
