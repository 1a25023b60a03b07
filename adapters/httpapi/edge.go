package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	correlationHeader = "X-Correlation-ID"
	maxCorrelation    = 128 // characters
)

// A call is what the edge found out about a request for its handler.
type call struct {
	actor       ports.Actor
	correlation string
	trace       string      // the traceparent, if there is one
	accept      string      // what the client would read
	header      http.Header // of the response
	warning     error       // for the log, of what did not change the answer
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// Correlation returns the correlation id of the request that ctx is of, empty where it is of none.
func Correlation(ctx context.Context) string {
	if in, ok := ctx.Value(callKey{}).(*call); ok {
		return in.correlation
	}
	return ""
}

// edge is around every request, of a known route or not: it gives it a correlation id, a deadline and an actor, turns
// whatever goes wrong into a problem, and tells the log and the observer. What they are told has the route's pattern,
// never the path, which may name a learner.
func (s *Server) edge(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := time.Now()
		r := c.Request()
		in := &call{
			correlation: correlation(r), trace: trace(r), accept: r.Header.Get("Accept"), header: c.Response().Header(),
		}
		in.header.Set(correlationHeader, in.correlation)
		harden(in.header, r, c.Path())
		ctx, cancel := context.WithTimeout(context.WithValue(s.observer.Begin(r), callKey{}, in), s.deadline)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))

		err := s.handle(c, in, next)
		var code domain.Kind
		if err != nil && !c.Response().Committed {
			code = writeProblem(c, err)
		}
		took := time.Since(begin)
		s.observer.Request(ctx, c.Path(), method(r), c.Response().Status, took)
		level := slog.LevelInfo
		line := []slog.Attr{
			slog.String("method", method(r)), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
			slog.Duration("took", took), slog.String("correlationId", in.correlation),
		}
		if code != "" {
			line = append(line, slog.String("code", string(code)))
		}
		switch {
		case err != nil && answers[code].status >= 500:
			level = slog.LevelError
			line = append(line, slog.Any("error", err))
		case in.warning != nil:
			level = slog.LevelWarn
			line = append(line, slog.Any("error", in.warning))
		}
		s.log.LogAttrs(ctx, level, "request", line...)
		return nil
	}
}

// handle runs the handler for a known actor and makes an error of its panic.
func (s *Server) handle(c echo.Context, in *call, next echo.HandlerFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
		}
	}()
	if err := s.admit(c, in); err != nil {
		return err
	}
	if _, err := url.ParseQuery(c.Request().URL.RawQuery); err != nil {
		return malformed("", "the query is not percent-encoded as it should be")
	}
	for _, value := range c.ParamValues() {
		if value == "" || strings.Contains(value, "/") { // echo lets the last parameter of a route run over slashes
			return errNotFound
		}
	}
	return next(c)
}

// method returns the request's method where it is one of HTTP's own: what clients make up is no label of a metric.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodConnect, http.MethodTrace:
		return r.Method
	}
	return "OTHER"
}

// correlation returns the request's own correlation id where it is 1 to 128 visible ASCII characters, else a new one.
func correlation(r *http.Request) string {
	id := r.Header.Get(correlationHeader)
	if id == "" || len(id) > maxCorrelation || strings.ContainsFunc(id, func(r rune) bool { return r == ' ' || notPrintable(r) }) {
		return uuid.Must(uuid.NewV7()).String()
	}
	return id
}
