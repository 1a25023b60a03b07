package hostile_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"go.uber.org/goleak"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/adapters/sqlite"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// long is set for the long form of the tests, which make check runs.
var long = os.Getenv("ROSTER_LONG") != ""

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var staff = ports.Actor{Tenant: "default", Subject: "proof", Role: ports.Staff}

// A server is the HTTP entry point on the core, with one course that never fills.
type server struct {
	*httpapi.Server
	service *application.Service
	store   ports.Store
}

// newServer returns a server on a store. A caller with a token is staff, and a partner on the partner's path.
func newServer(t testing.TB, store ports.Store) server {
	t.Helper()
	service := application.New(store)
	s := server{store: store, service: service, Server: httpapi.New(service,
		httpapi.WithLogger(slog.New(slog.DiscardHandler)),
		httpapi.WithAuthenticator(func(r *http.Request) (ports.Actor, error) {
			by := staff
			if r.Header.Get("Authorization") == "" {
				return by, ports.ErrUnauthenticated
			}
			if strings.HasPrefix(r.URL.Path, "/partner/") {
				by.Role = ports.Partner
			}
			return by, nil
		}))}
	if got := s.ask("PUT", "/v1/courses/go-101", `{"title":"Go","capacity":1000000}`); got.Code != http.StatusCreated {
		t.Fatalf("no course: %d %s", got.Code, got.Body)
	}
	return s
}

// ask sends a request with a token. headers are names and values in turn.
func (s server) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer t")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// spec returns the specification that the server serves.
func (s server) spec(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(s.ask("GET", "/openapi.json", "").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// mustCheck requires that the journal agrees with the stored data.
func (s server) mustCheck(t testing.TB) {
	t.Helper()
	report, err := s.service.VerifyJournal(context.Background(), staff, "")
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("check: %v, %+v", err, report)
	}
}

// onStores runs f on a server with a store in memory and on one with SQLite.
func onStores(t *testing.T, f func(t *testing.T, s server)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, newServer(t, memstore.New()))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		f(t, newServer(t, store))
	})
}

// listen serves on the loopback until t ends, and returns the address.
func (s server) listen(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, l)
	return l.Addr().String()
}

// serve serves the connections of l until t ends.
func (s server) serve(t testing.TB, l net.Listener) {
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// raw sends bytes on a new connection, and returns everything that the server sends until it closes the connection.
func raw(t testing.TB, address, request string) string {
	t.Helper()
	return exchange(t, address, request, false)
}

// exchange is raw. If the request is unfinished, for which the server waits, it says that no more follows. After a whole request the
// server could take that for a caller who has gone, and send no response.
func exchange(t testing.TB, address, request string, unfinished bool) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	_, _ = io.WriteString(c, request) // the server may respond and close before it has read all
	if unfinished {
		_ = c.(*net.TCPConn).CloseWrite()
	}
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// wellFormed requires that a response is not a 5xx, is valid JSON if its media type is, and is a problem if its status is 400 or more.
func wellFormed(t testing.TB, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	media := w.Header().Get("Content-Type")
	switch {
	case w.Code >= 500:
		t.Errorf("%s: %d %.300s", what, w.Code, w.Body)
	case w.Code >= 400 && media != "application/problem+json":
		t.Errorf("%s: %d as %s", what, w.Code, media)
	case strings.Contains(media, "json") && !json.Valid(w.Body.Bytes()):
		t.Errorf("%s: %d, not JSON: %.300q", what, w.Code, w.Body)
	}
	for name, values := range w.Header() {
		for _, value := range values {
			if strings.ContainsFunc(name+value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%s: header %q: %q", what, name, value)
			}
		}
	}
}
