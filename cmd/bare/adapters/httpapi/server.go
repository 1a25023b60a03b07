package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/docs"
	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/ports"
)

// Limits of a request.
const (
	readTimeout    = 15 * time.Second // of the whole request
	deadline       = 10 * time.Second // of the handler; then the answer is 503
	writeTimeout   = 5 * time.Second  // of the response, after the deadline
	idleTimeout    = 2 * time.Minute  // of a connection between two requests
	grace          = 15 * time.Second // for running requests when the server stops
	maxHeaderBytes = 32 << 10
)

// A Service is what the API calls.
type Service interface {
	ports.SampleNotes
}

// A Server answers HTTP requests by calling a service. Make one with [New].
type Server struct {
	handlers     handlers
	authenticate Authenticator
	log          *slog.Logger
	router       *echo.Echo
}

// handlers answer the operations of the spec; package api calls them.
type handlers struct {
	service Service
	parts   []Part
}

// An Authenticator returns who sends a request. If it can't identify the caller, its error wraps [ports.ErrUnauthenticated]. The log
// has the text of that error, which must contain no token and name no person.
type Authenticator func(*http.Request) (ports.Actor, error)

// New returns a server that calls the service. It does not listen yet. The log gets a line for each request; parts are the
// dependencies that /readyz reports.
func New(service Service, who Authenticator, log *slog.Logger, parts ...Part) *Server {
	s := &Server{handlers{service, parts}, who, log, echo.New()}
	s.router.Binder = jsonBody{}
	s.router.Use(s.middleware)
	s.router.GET("/", func(c echo.Context) error { return c.Redirect(http.StatusFound, "docs") })
	s.router.GET("/docs", docsPage)
	s.router.GET("/docs/:file", docsFile)
	api.RegisterHandlers(s.router, api.NewStrictHandler(&s.handlers, nil))
	return s
}

// ServeHTTP answers one request. HEAD is answered as GET: package net/http omits the body.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodGet
	}
	s.router.ServeHTTP(w, r)
}

// Serve answers requests on l until ctx ends. Then it accepts no more and returns when the running requests have ended, or
// with an error when the grace is over before. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:        s,
		ReadTimeout:    readTimeout,
		WriteTimeout:   readTimeout + deadline + writeTimeout,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	graceCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(graceCtx); err != nil {
		return errors.Join(fmt.Errorf("requests were still running after %s: %w", grace, err), server.Close())
	}
	return nil
}

// docsPage answers GET /docs.
func docsPage(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", docs.Policy)
	return c.HTMLBlob(http.StatusOK, docs.Page)
}

// docsFile answers GET /docs/{file}.
func docsFile(c echo.Context) error {
	if !docs.ServeFile(c.Response(), c.Request(), c.Param("file")) {
		return ports.ErrNotFound
	}
	return nil
}
