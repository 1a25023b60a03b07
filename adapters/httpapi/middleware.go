package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/internal/tracecontext"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	correlationHeader = "X-Correlation-ID"
	maxCorrelation    = 128 // characters
)

// A requestContext is what the middleware hands to a request's handler.
type requestContext struct {
	actor        ports.Actor
	correlation  string
	trace        string            // the traceparent; empty without one
	accept       string            // the Accept header
	header       http.Header       // of the response
	warning      error             // logged; does not change the answer
	countActions func(n int) error // counts the actions of a command against the limit of writes
}

type contextKey struct{}

func fromContext(ctx context.Context) *requestContext {
	return ctx.Value(contextKey{}).(*requestContext)
}

// Correlation returns the correlation id of the request that ctx belongs to, or "" if it belongs to none.
func Correlation(ctx context.Context) string {
	if request, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		return request.correlation
	}
	return ""
}

// middleware wraps every request, of a known route or not, in this order:
//
//  1. It takes the correlation id and the trace of the request, or makes a new correlation id.
//  2. It sets the security headers.
//  3. It calls the observer's Begin, and sets the deadline.
//  4. It authenticates the caller and counts the request against the rate limit (admit). A preflight request is answered before.
//  5. It refuses a malformed query or path, and a parameter that would be lost (checkParameters).
//  6. It runs what wraps the handler of the route, then jsonBody, then the operation.
//  7. It turns an error or a panic of steps 4 to 6 into a problem, or only logs it if the response has begun.
//  8. It reports the request to the observer and the log: by its route's pattern, never by its path, which may name a person. Of
//     requests above the rate limit, of preflight requests and of probes, the log has one line a second (repeats). A request that failed
//     because its client has disconnected is reported with status 499, and is no error in the log.
func (s *Server) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := time.Now()
		r := c.Request()
		response := c.Response()
		request := &requestContext{
			correlation: correlation(r), trace: trace(r), accept: r.Header.Get("Accept"), header: response.Header(),
		}
		request.header.Set(correlationHeader, request.correlation)
		setSecurityHeaders(request.header, r, c.Path())
		ctx, cancel := context.WithTimeout(context.WithValue(s.observer.Begin(r), contextKey{}, request), s.deadline)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))

		response.Before(func() { s.completeHeader(request.header) })
		err := s.answer(c, request, next)
		var code domain.Kind
		if err != nil && !response.Committed {
			code = writeProblem(c, s.base, err)
		}
		took, status, gone := time.Since(begin), response.Status, disconnected(r, c.Path(), code, err)
		if gone && code != "" {
			status = statusDisconnected
		}
		s.observer.Request(ctx, c.Path(), method(r), status, took)
		repeated, logged := s.repeats.log(r.Method, c.Path(), status, s.now())
		if !logged {
			return nil
		}
		level := slog.LevelInfo
		attrs := []slog.Attr{
			slog.String("method", method(r)), slog.String("route", c.Path()), slog.Int("status", status),
			slog.Duration("took", took), slog.String("correlationId", request.correlation),
		}
		if code != "" {
			attrs = append(attrs, slog.String("code", string(code)))
		}
		if code == ports.ErrUnauthenticated {
			attrs = append(attrs, slog.String("reason", err.Error()))
		}
		if repeated > 0 {
			attrs = append(attrs, slog.Int("repeated", repeated))
		}
		switch {
		case gone: // not a failure
		case err != nil && (code == "" || problemTable[code].status >= 500): // without a code, the response had begun
			level = slog.LevelError
			attrs = append(attrs, slog.Any("error", err))
		case request.warning != nil:
			level = slog.LevelWarn
			attrs = append(attrs, slog.Any("error", request.warning))
		}
		s.log.LogAttrs(ctx, level, "request", attrs...)
		return nil
	}
}

// handle runs steps 4 to 6 of the middleware and returns a panic as an error.
func (s *Server) handle(c echo.Context, request *requestContext, next echo.HandlerFunc) (err error) {
	defer panicToError(&err)
	if err := s.admit(c, request); err != nil {
		return err
	}
	for _, list := range []string{"If-Match", "If-None-Match"} { // may have several lines (RFC 9110, 5.3); package api reads one
		if lines := c.Request().Header.Values(list); len(lines) > 1 {
			c.Request().Header.Set(list, strings.Join(lines, ", "))
		}
	}
	query, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return malformed("", "the query is not valid: percent-encode it")
	}
	if err := checkParameters(c.Request().Method, c.Path(), query); err != nil {
		return err
	}
	for _, name := range c.ParamNames() {
		if value := c.Param(name); value == "" || strings.Contains(value, "/") { // echo matches slashes in a route's last parameter
			return errNotFound
		}
	}
	return next(c)
}

const statusDisconnected = 499 // as nginx reports it; no client receives it

// disconnected reports whether a request failed because its client closed the connection: there was no error of its own. The report of
// /readyz does not depend on its client.
func disconnected(r *http.Request, route string, code domain.Kind, err error) bool {
	unwritable := code == "" && !errors.Is(err, ports.ErrInternal) // the response had begun, and no panic ended it
	waiting := code == ports.ErrUnavailable && (!isProbe(route) || errors.Is(err, context.Canceled))
	return err != nil && errors.Is(r.Context().Err(), context.Canceled) && (unwritable || waiting)
}

// panicToError, if deferred, makes a panic an error.
func panicToError(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
	}
}

// setSecurityHeaders makes browsers treat an answer only as the media type that it names; a page that shows more sets its
// own policy. Personal answers must not be cached. A course may be, by its one reader, who revalidates it on each use.
func setSecurityHeaders(header http.Header, r *http.Request, route string) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if r.TLS != nil {
		header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	switch {
	case r.Method == http.MethodGet && route == "/v1/courses/:courseId":
		header.Set("Cache-Control", "private, no-cache")
	case needsActor(route):
		header.Set("Cache-Control", "no-store")
	}
}

// method returns the request's method if HTTP defines it, else OTHER: a method that a client made up must not become a
// label of a metric.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodConnect, http.MethodTrace:
		return r.Method
	}
	return "OTHER"
}

// correlation returns the request's correlation id if it is 1 to 128 visible ASCII characters, else a new one.
func correlation(r *http.Request) string {
	id := r.Header.Get(correlationHeader)
	if id == "" || len(id) > maxCorrelation || strings.ContainsFunc(id, func(r rune) bool { return r == ' ' || notPrintable(r) }) {
		return uuid.Must(uuid.NewV7()).String()
	}
	return id
}

// trace returns the request's traceparent in the form of version 00, or "" if there is not exactly one valid traceparent.
func trace(r *http.Request) string {
	values := r.Header.Values("traceparent")
	if len(values) != 1 {
		return ""
	}
	return tracecontext.Parse(values[0])
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }
