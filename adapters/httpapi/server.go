package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/netutil"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// Limits of one connection.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second // the whole request
	writeTimeout      = 5 * time.Second  // the response, after the handler's deadline
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// A Service is what the API calls.
type Service interface {
	ports.Commands
	ports.Queries
}

// A Server answers HTTP requests by calling a service. Make one with [New].
type Server struct {
	handlers     handlers
	authenticate Authenticator
	known        func(*http.Request) bool // nil: no token is known
	log          *slog.Logger
	deadline     time.Duration
	grace        time.Duration
	now          func() time.Time
	principals   *buckets // nil without a limit, as are the others
	addresses    *buckets
	probes       *buckets // of the health paths, by address
	writes       *buckets // of learners
	staffWrites  *buckets // of all other principals
	repeats      repeats
	base         string              // of the path of links; see WithBasePath
	crossOrigin  echo.MiddlewareFunc // nil: no page on another origin may call
	observer     Observer
	tls          *tls.Config
	connections  int
	router       *echo.Echo
}

// handlers answer the operations of the spec; package api calls them.
type handlers struct {
	service   Service
	base      string
	readiness readiness
}

// An Option changes a default of [New].
type Option func(*Server)

// WithParts adds parts to the report of /readyz.
func WithParts(parts ...Part) Option {
	return func(s *Server) { s.handlers.readiness.parts = append(s.handlers.readiness.parts, parts...) }
}

// WithLogger sets the logger. It gets one line per request; of probes, preflight requests, requests above the rate limit and failed
// connections, one a second. The default is [slog.Default].
func WithLogger(l *slog.Logger) Option { return func(s *Server) { s.log = l } }

// WithDeadline sets how long a handler may take before the answer is 503. The default is 10 seconds.
func WithDeadline(d time.Duration) Option { return func(s *Server) { s.deadline = d } }

// WithGrace sets how long [Server.Serve] waits for running requests when it shuts down. The default is 15 seconds.
func WithGrace(d time.Duration) Option { return func(s *Server) { s.grace = d } }

// WithClock sets the clock of all that depends on time, such as the rate limit. The default is [time.Now].
func WithClock(c ports.Clock) Option { return func(s *Server) { s.now = c.Now } }

// An Observer sees each request begin and end. The route is a pattern, empty for an unknown path; the method is one that
// HTTP defines, or OTHER. So both have few values and can be labels of a metric.
type Observer interface {
	// Begin returns the context for handling the request, derived from the request's own.
	Begin(r *http.Request) context.Context
	// Request is called once, after the answer, with the context that Begin returned.
	Request(ctx context.Context, route, method string, status int, took time.Duration)
}

type noObserver struct{}

func (noObserver) Begin(r *http.Request) context.Context                       { return r.Context() }
func (noObserver) Request(context.Context, string, string, int, time.Duration) {}

// WithObserver sets the observer of all requests, for traces and metrics.
func WithObserver(o Observer) Option { return func(s *Server) { s.observer = o } }

// WithMaxConnections sets how many connections may be open at once; further ones wait to be accepted. The default is 10,000.
func WithMaxConnections(n int) Option { return func(s *Server) { s.connections = n } }

// New returns a server that calls the service. It does not listen yet.
func New(service Service, options ...Option) *Server {
	s := &Server{
		handlers:     handlers{service: service},
		authenticate: noAuthenticator,
		log:          slog.Default(),
		deadline:     10 * time.Second,
		grace:        15 * time.Second,
		now:          time.Now,
		observer:     noObserver{},
		connections:  10_000,
	}
	for _, option := range options {
		option(s)
	}
	s.handlers.base = s.base
	s.handlers.readiness.now, s.handlers.readiness.checking = s.now, make(chan struct{}, 1)
	s.handlers.readiness.running = make([]chan checked, len(s.handlers.readiness.parts))
	s.router = echo.New()
	s.router.IPExtractor = echo.ExtractIPDirect() // trusts no header
	s.router.Binder = jsonBody{}
	s.router.Use(s.middleware)
	s.router.GET("/", s.homePage)
	s.router.GET("/docs", docsPage)
	s.router.GET("/docs/:file", docsFile)
	operations := api.NewStrictHandler(&s.handlers, nil)
	api.RegisterHandlers(s.router, operations)
	v1 := api.ServerInterfaceWrapper{Handler: operations}
	s.router.POST("/courses/:courseId/enrollments", v1.Enroll, s.deprecation)
	return s
}

// ServeHTTP answers one request. HEAD is answered as GET: package net/http omits the body.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodGet
	}
	s.router.ServeHTTP(w, s.below(r))
}

// Serve answers requests on l until ctx ends. Then it accepts no more and returns when the running requests have ended. When the grace
// is over before, it closes their connections, and logs that: a client that sends slowly makes no shutdown fail. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      readTimeout + s.deadline + writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		TLSConfig:         s.tls,
		ErrorLog:          log.New(connectionLog{s}, "", 0),
	}
	server.DisableGeneralOptionsHandler = true // OPTIONS * is routed like any other request
	served := make(chan error, 1)
	l = netutil.LimitListener(l, s.connections)
	go func() {
		if s.tls != nil {
			served <- server.ServeTLS(l, "", "")
			return
		}
		served <- server.Serve(l)
	}()
	select {
	case err := <-served:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	graceCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	if err := server.Shutdown(graceCtx); err != nil {
		s.log.Warn("requests were still running, and are cut off", "after", s.grace, "error", err)
		return server.Close()
	}
	return nil
}
