package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/netutil"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// What one connection may take of the server.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second // the whole request
	writeTimeout      = 5 * time.Second  // the response, after the handler's deadline
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// A Server answers HTTP with a service. Make one with [New].
type Server struct {
	handlers     handlers
	authenticate Authenticator
	log          *slog.Logger
	deadline     time.Duration
	grace        time.Duration
	clock        ports.Clock
	limit        Limit
	limiter      *limiter // nil without a limit
	observer     Observer
	tls          *tls.Config
	connections  int
	router       *echo.Echo
}

// handlers answer the operations of the spec; package api calls them.
type handlers struct {
	service ports.Service
	parts   []Part
}

// An Authenticator tells who sends a request. Where it can't, its error wraps [ports.ErrUnauthenticated].
type Authenticator func(*http.Request) (ports.Actor, error)

// An Option changes what [New] does by itself.
type Option func(*Server)

// WithAuthenticator sets who tells who asks. Without, nobody is known, and every use case answers 401.
func WithAuthenticator(a Authenticator) Option { return func(s *Server) { s.authenticate = a } }

// WithParts adds what /readyz asks.
func WithParts(parts ...Part) Option {
	return func(s *Server) { s.handlers.parts = append(s.handlers.parts, parts...) }
}

// WithLogger sets where each request is told of in one line. Without, it is [slog.Default].
func WithLogger(l *slog.Logger) Option { return func(s *Server) { s.log = l } }

// WithDeadline sets how long a handler may take before the answer is 503; 10 seconds without.
func WithDeadline(d time.Duration) Option { return func(s *Server) { s.deadline = d } }

// WithGrace sets how long [Server.Serve] waits for what is in flight when it is told to end; 15 seconds without.
func WithGrace(d time.Duration) Option { return func(s *Server) { s.grace = d } }

// An Observer sees each request begin and end. Route is the pattern, empty for unknown paths; method one of HTTP's own or
// OTHER. So both are few enough for labels.
type Observer interface {
	// Begin returns the context that the request is to be answered in, made of its own.
	Begin(r *http.Request) context.Context
	// Request is told once, when the request is answered, in the context that Begin returned.
	Request(ctx context.Context, route, method string, status int, took time.Duration)
}

type nobodyWatches struct{}

func (nobodyWatches) Begin(r *http.Request) context.Context                       { return r.Context() }
func (nobodyWatches) Request(context.Context, string, string, int, time.Duration) {}

// WithObserver sets who sees each request, for traces and metrics.
func WithObserver(o Observer) Option { return func(s *Server) { s.observer = o } }

// WithMaxConnections sets how many connections may be open at once; further ones wait to be taken. 10,000 without.
func WithMaxConnections(n int) Option { return func(s *Server) { s.connections = n } }

// New returns a server of the service. It does not listen yet.
func New(service ports.Service, options ...Option) *Server {
	s := &Server{
		handlers:     handlers{service: service},
		authenticate: nobody,
		log:          slog.Default(),
		deadline:     10 * time.Second,
		grace:        15 * time.Second,
		clock:        systemClock{},
		observer:     nobodyWatches{},
		connections:  10_000,
	}
	for _, option := range options {
		option(s)
	}
	s.limiter = newLimiter(s.limit, s.clock)
	s.router = echo.New()
	s.router.IPExtractor = echo.ExtractIPDirect() // no header is believed
	s.router.Binder = strictBody{}
	s.router.Use(s.edge, s.retiring)
	s.router.GET("/docs", docs)
	s.router.GET("/docs/:file", docsFile)
	api.RegisterHandlers(s.router, api.NewStrictHandler(&s.handlers, nil))
	return s
}

func nobody(*http.Request) (ports.Actor, error) { return ports.Actor{}, ports.ErrUnauthenticated }

// ServeHTTP answers one request, and HEAD as it would GET: package net/http leaves the body out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodGet
	}
	s.router.ServeHTTP(w, r)
}

// Serve answers what comes in on l until ctx ends. Then it takes nothing new and returns when what is in flight has ended,
// with an error where that takes longer than the grace. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      readTimeout + s.deadline + writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		TLSConfig:         s.tls,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	server.DisableGeneralOptionsHandler = true // OPTIONS * is a request like any other
	ended := make(chan error, 1)
	l = netutil.LimitListener(l, s.connections)
	go func() {
		if s.tls != nil {
			ended <- server.ServeTLS(l, "", "")
			return
		}
		ended <- server.Serve(l)
	}()
	select {
	case err := <-ended:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	if err := server.Shutdown(bound); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight after %s: %w", s.grace, err), server.Close())
	}
	return nil
}
