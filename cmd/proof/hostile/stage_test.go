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

// long is set for the long form of the tests, as make check runs them.
var long = os.Getenv("ROSTER_LONG") != ""

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var staff = ports.Actor{Tenant: "default", Subject: "proof", Role: ports.Staff}

// A stage is the HTTP door on the core, with one course that never fills.
type stage struct {
	*httpapi.Server
	service *application.Service
}

// newStage sets the stage on a fresh store, and takes whoever has a token for staff, on the partner's path for a partner.
func newStage(t testing.TB, store ports.Store) stage {
	t.Helper()
	service := application.New(store)
	s := stage{service: service, Server: httpapi.New(service,
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

// ask sends a request as somebody who is known, its headers as name and value in turn.
func (s stage) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
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

// spec returns what the stage says of itself.
func (s stage) spec(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(s.ask("GET", "/openapi.json", "").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// mustCheck requires that the journal explains all that is stored.
func (s stage) mustCheck(t testing.TB) {
	t.Helper()
	report, err := s.service.VerifyJournal(context.Background(), staff, "")
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("check: %v, %+v", err, report)
	}
}

// onStores runs f on a stage in memory and on one in SQLite.
func onStores(t *testing.T, f func(t *testing.T, s stage)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, newStage(t, memstore.New()))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		f(t, newStage(t, store))
	})
}

// listen serves on the loopback until t ends, and returns the address.
func (s stage) listen(t testing.TB) string {
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
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// raw sends bytes on a connection of their own, and returns all that comes back until the server closes it.
func raw(t testing.TB, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(c, request) // it may be answered, and closed, before its end
	first := make([]byte, 1)
	_ = c.SetReadDeadline(time.Now().Add(time.Second))
	n, _ := c.Read(first)
	if n == 0 { // it waits for more; who hangs up sooner may be taken for gone, and not be answered
		_ = c.(*net.TCPConn).CloseWrite()
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	rest, _ := io.ReadAll(c)
	return string(first[:n]) + string(rest)
}

// wellFormed requires that an answer is no fault of the server, is JSON where it says so, and a problem where it is one.
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
