package page

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// courses is a roster on this machine whose courses the page shows, with the events that its broker sends, and the core for a page that
// needs no server.
type courses struct {
	core   *program // WebAssembly
	events *stream

	mu      sync.Mutex // held while it starts
	api     http.Handler
	stopped func() // or nil before the start
	ended   <-chan bool
	begun   time.Time
}

// prepareCourses makes what a mode of the page needs: on this machine, a roster that runs; in the page, the core in WebAssembly. It answers
// when that is there.
func (s *Server) prepareCourses(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Mode string `json:"mode"`
	}
	err := json.NewDecoder(io.LimitReader(r.Body, 1000)).Decode(&body)
	switch {
	case err != nil:
	case body.Mode == "machine":
		err = s.startCourses()
	case body.Mode == "page":
		_, err = s.get(s.courses.core)
	default:
		err = errors.New("mode must be machine or page")
	}
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{})
}

// startCourses starts a roster without courses, and follows its events, unless it runs and has a token that is valid for a while.
func (s *Server) startCourses() error {
	c := &s.courses
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := s.ctx.Err(); err != nil || c.usable() {
		return err
	}
	c.stopNow()
	file, err := s.get(s.roster)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "roster-learn-")
	if err != nil {
		return err
	}
	begun := time.Now().Round(0) // without the monotonic clock, which may stand still while the machine sleeps
	address, stop, ended, err := s.startRoster(dir, file, nil)
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	stopped := func() {
		stop()
		_ = os.RemoveAll(dir)
	}
	bearer, err := token(s.ctx, dir, file)
	if err == nil {
		var conn *nats.Conn
		if conn, err = subscribe(dir, c.events); err == nil {
			before := stopped
			stopped = func() { conn.Close(); before() }
		}
	}
	if err != nil {
		stopped()
		return err
	}
	c.api, c.stopped, c.ended, c.begun = apiOf(address, bearer), stopped, ended, begun
	return nil
}

// usable reports whether the roster runs, and its token is valid for an hour at least.
func (c *courses) usable() bool {
	select {
	case <-c.ended:
		return false
	default:
		return c.stopped != nil && time.Since(c.begun) < tokenLifetime-time.Hour
	}
}

func (c *courses) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopNow()
}

// stopNow stops the roster, if there is one, and forgets its events. Its caller holds mu.
func (c *courses) stopNow() {
	if c.stopped != nil {
		c.stopped()
		c.api, c.stopped = nil, nil
		c.events.begin()
	}
}

// subscribe sends the events of the broker inside of the roster in a folder to a stream, until the connection is closed.
func subscribe(dir string, events *stream) (*nats.Conn, error) {
	text, err := os.ReadFile(filepath.Join(dir, "nats", "broker.json"))
	if err != nil {
		return nil, err
	}
	var broker struct{ URL, Token string }
	if err := json.Unmarshal(text, &broker); err != nil {
		return nil, err
	}
	conn, err := nats.Connect(broker.URL, nats.Token(broker.Token), nats.NoReconnect())
	if err != nil {
		return nil, err
	}
	_, err = conn.Subscribe("roster.events.>", func(m *nats.Msg) {
		if json.Valid(m.Data) {
			events.send(json.RawMessage(m.Data))
		}
	})
	if err == nil {
		err = conn.Flush() // the broker knows of the subscription now
	}
	if err != nil {
		conn.Close()
	}
	return conn, err
}

// apiOf passes requests on to the API of a roster, as staff.
func apiOf(address, bearer string) http.Handler {
	to, _ := url.Parse(address) // the program has printed it
	return &httputil.ReverseProxy{
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { doesNotRun(w, http.StatusBadGateway) },
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/json"}}
		},
		ModifyResponse: func(response *http.Response) error {
			response.Header = http.Header{"Content-Type": {response.Header.Get("Content-Type")}} // the guard has set the others
			return nil
		},
	}
}

// callAPI passes a request below /courses/api on to the roster of this machine.
func (s *Server) callAPI(w http.ResponseWriter, r *http.Request) {
	s.courses.mu.Lock()
	api := s.courses.api
	s.courses.mu.Unlock()
	if api == nil {
		doesNotRun(w, http.StatusServiceUnavailable)
		return
	}
	http.StripPrefix("/courses/api", api).ServeHTTP(w, r)
}

func doesNotRun(w http.ResponseWriter, status int) {
	writeJSON(w, status, map[string]any{"error": "roster does not run: choose on this machine again"})
}

// coreFile answers with a file that a page needs for the core in WebAssembly.
func (s *Server) coreFile(w http.ResponseWriter, r *http.Request) {
	var file string
	var err error
	switch r.PathValue("file") {
	case "roster.wasm":
		w.Header().Set("Content-Type", "application/wasm")
		file, err = s.get(s.courses.core)
	case "roster.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		file = filepath.Join(s.root, "cmd", "example", "browser", "page", "roster.js")
	case "wasm_exec.js": // of the same version as the build
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		file, err = goFile(s.ctx, "lib/wasm/wasm_exec.js")
	default:
		http.NotFound(w, r)
		return
	}
	text, reading := os.ReadFile(file)
	if err := errors.Join(err, reading); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(text)
}

// goFile returns the path of a file that is a part of Go.
func goFile(ctx context.Context, name string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	return filepath.Join(strings.TrimSpace(string(root)), filepath.FromSlash(name)), err
}
