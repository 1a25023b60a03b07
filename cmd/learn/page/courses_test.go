package page

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/roster/ports/portstest"
)

// fakeRoster is what this program is if it is started as roster: one that has no courses, ends when it is asked for /v1/end, and has a
// broker without events.
func fakeRoster(dir, command string) {
	if command == "token" {
		fmt.Println("secret")
		return
	}
	broker, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go fakeBroker(broker)
	text := fmt.Appendf(nil, `{"url":"nats://%s","token":"t"}`, broker.Addr())
	folder := filepath.Join(dir, "nats")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, "broker.json"), text, 0o600)); err != nil {
		log.Fatal(err)
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/end" {
			os.Exit(1)
		}
		_, _ = io.WriteString(w, `{"items":[]}`)
	}))
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	fmt.Fprintf(os.Stderr, "serving url=%s\n", api.URL)
	select {
	case <-interrupted:
	case <-time.After(10 * time.Minute): // the test was killed
	}
}

func fakeBroker(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprint(conn, "INFO {\"server_id\":\"fake\",\"max_payload\":1000000}\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			if lines.Text() == "PING" {
				fmt.Fprint(conn, "PONG\r\n")
			}
		}
	}
}

// The roster behind the courses is started again if it has ended, or its token is about to expire.
func TestCoursesAreStartedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s.roster.file = file
	prepare := func() {
		t.Helper()
		if w := ask(s, "POST", "/courses/prepare", `{"mode":"machine"}`); w.Code != http.StatusOK {
			t.Fatalf("prepare: %d %s", w.Code, w.Body)
		}
		if w := ask(s, "GET", "/courses/api/v1/courses", ""); w.Code != http.StatusOK {
			t.Fatalf("courses: %d %s", w.Code, w.Body)
		}
	}
	prepare()
	first := s.courses.ended
	prepare()
	if s.courses.ended != first {
		t.Error("a roster that runs was started again")
	}
	s.courses.events.send("of the first")
	w := ask(s, "GET", "/courses/api/v1/end", "")
	if w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "choose on this machine again") {
		t.Errorf("its end: %d %s", w.Code, w.Body)
	}
	portstest.Receive(t, "the first ends", first)
	prepare()
	if _, _, events, _ := s.courses.events.after(-1, 0); len(events) > 0 {
		t.Errorf("events of the first are left: %s", events)
	}
	second := s.courses.ended
	s.courses.begun = time.Now().Add(time.Hour - tokenLifetime) // steady: a time of the wall clock that is long past
	prepare()
	if s.courses.ended == second {
		t.Error("a roster whose token expires within the hour was not started again")
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// Requests to the API get the token of the page, and nothing else of the browser's; answers get the headers of the page.
func TestRequestsToTheAPI(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Content-Security-Policy", "none")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Cookie"), string(body)}, " "))
	}))
	defer api.Close()
	s := newServer(t)
	if w := ask(s, "GET", "/courses/api/v1/courses", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before the start: %d %s", w.Code, w.Body)
	}
	s.courses.api = apiOf(api.URL, "secret")
	w := ask(s, "PUT", "/courses/api/v1/courses/a%2Fb?x=1", "body", "Cookie", "c=d", "Authorization", "Bearer other")
	if got, want := w.Body.String(), "PUT /v1/courses/a%2Fb x=1 Bearer secret  body"; w.Code != http.StatusConflict || got != want {
		t.Errorf("%d %s, want %s", w.Code, got, want)
	}
	if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("the headers are %v", w.Header())
	}
	if w := ask(s, "DELETE", "/courses/api/v1/courses/a", "", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("of another site: %d", w.Code)
	}
	for _, path := range []string{"/courses/api/metrics", "/courses/api/"} {
		if w := ask(s, "GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestFilesOfTheCore(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for file, want := range map[string]string{"roster.js": "async function startRoster(", "wasm_exec.js": "globalThis.Go = class"} {
		if w := ask(s, "GET", "/courses/core/"+file, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.200s", file, w.Code, w.Body)
		}
	}
	if w := ask(s, "GET", "/courses/core/other.js", ""); w.Code != http.StatusNotFound {
		t.Errorf("another file: %d", w.Code)
	}
	for _, body := range []string{"", `{"mode":"other"}`} {
		if w := ask(s, "POST", "/courses/prepare", body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", body, w.Code)
		}
	}
}
