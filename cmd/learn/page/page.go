// Package page is the page on which people learn: the exercises, the hexagon that lights up on a request, the last seat, courses with
// their events, and what other authors call things. It starts programs that it builds from the checkout, so it serves this machine alone.
package page

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"path"
	"sync"
	"time"
)

//go:embed static
var static embed.FS

var templates = template.Must(template.ParseFS(static, "static/*.html"))

// A Server is the page. It is an [http.Handler], and must be closed.
type Server struct {
	root      string // of the checkout
	exercises Exercises
	handler   http.Handler

	cache         string // the folder for programs
	naive, roster *program
	seats         *stream
	walker        walker
	courses       courses
	racing        sync.Mutex // held while clients ask for the last seat

	ctx     context.Context // ends with the page
	end     context.CancelFunc
	closing sync.Mutex     // held by Close, and while a request is admitted
	running sync.WaitGroup // requests, and what they have started
}

// New returns the page of the checkout at root. What it starts ends with Close.
func New(root string, exercises Exercises) *Server {
	s := &Server{
		root: root, exercises: exercises, cache: userCache(),
		naive:  &program{name: "naive", build: goBuild("./cmd/bench/naive")},
		roster: &program{name: "roster", build: goBuild("./cmd/roster")},
		seats:  newStream(),
		courses: courses{
			core: &program{name: "wasm", build: goBuild("./cmd/example/browser/wasm", "GOOS=js", "GOARCH=wasm")}, events: newStream(),
		},
		walker: walker{program: &program{name: "recorded", build: buildRecorded}, stream: newStream()},
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.list)
	mux.HandleFunc("GET /exercises/{n}", s.exercise)
	mux.HandleFunc("POST /exercises/{n}/{verb}", s.act)
	mux.HandleFunc("GET /courses", show("courses", "Courses, live", nil))
	mux.HandleFunc("GET /courses/events", follow(s.courses.events))
	mux.HandleFunc("POST /courses/prepare", s.prepareCourses)
	mux.HandleFunc("/courses/api/v1/", s.callAPI)
	mux.HandleFunc("GET /courses/core/{file}", s.coreFile)
	mux.HandleFunc("GET /hexagon", s.hexagonPage)
	mux.HandleFunc("GET /hexagon/events", follow(s.walker.stream))
	mux.HandleFunc("POST /hexagon/prepare", s.prepare)
	mux.HandleFunc("POST /hexagon/walk", s.walk)
	mux.HandleFunc("GET /seats", s.seatsPage)
	mux.HandleFunc("GET /seats/events", follow(s.seats))
	mux.HandleFunc("POST /seats", s.race)
	mux.HandleFunc("GET /words", show("words", "What others call it", nil))
	mux.HandleFunc("GET /static/{file}", file)
	s.handler = guard(mux)
	return s
}

// ServeHTTP implements [http.Handler]. A request ends with the page, too.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.admit() {
		http.Error(w, "the page has ended", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	s.handler.ServeHTTP(w, r.WithContext(ctx))
}

// admit adds a request to what is running, unless the page has ended.
func (s *Server) admit() bool {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.running.Add(1)
	return true
}

// Close ends what the page has started, and returns when it has ended.
func (s *Server) Close() {
	s.closing.Lock()
	s.end()
	s.closing.Unlock()
	s.running.Wait()
	s.stopRecorded()
	s.courses.stop()
}

// Serve serves the page at an address of the loopback until ctx ends, and closes it. It prints the address, whose port may be 0 in addr.
func (s *Server) Serve(ctx context.Context, addr string, stdout io.Writer) error {
	defer s.Close()
	if host, _, err := net.SplitHostPort(addr); err != nil || !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("the address is %s: it must be one of the loopback with a port, such as 127.0.0.1:8083", addr)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%w: give another address by --addr, such as 127.0.0.1:0 for a free port", err)
	}
	server := http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	defer context.AfterFunc(ctx, func() {
		s.end() // streams end, which would go on otherwise
		_ = server.Close()
	})()
	fmt.Fprintf(stdout, "Learn on http://%s. Ctrl-C stops it.\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A view is what the frame around each page shows.
type view struct {
	Name, Title string // of the page
	Data        any
}

// Is reports whether the page has the name, for the navigation.
func (v view) Is(name string) bool { return v.Name == name }

// show returns a handler of a page whose data is the same for all.
func show(name, title string, data any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { render(w, view{name, title, data}) }
}

// render answers with a page, in the frame.
func render(w http.ResponseWriter, v view) {
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, v.Name+".html", v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = text.WriteTo(w) // fails only if the client has disconnected
}

// file answers with a style sheet or a script.
func file(w http.ResponseWriter, r *http.Request) {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
	name := r.PathValue("file")
	text, err := static.ReadFile("static/" + name)
	if kinds[path.Ext(name)] == "" || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kinds[path.Ext(name)])
	_, _ = w.Write(text)
}
