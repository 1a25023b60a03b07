package httpapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/roster/cmd/bare/ports"
)

const (
	correlationHeader = "X-Correlation-ID"
	maxCorrelation    = 128 // characters
)

// A requestContext is what the middleware hands to a request's handler.
type requestContext struct{ actor ports.Actor }

type contextKey struct{}

func fromContext(ctx context.Context) *requestContext {
	return ctx.Value(contextKey{}).(*requestContext)
}

// publicRoutes need no authentication. Every other route does.
var publicRoutes = map[string]bool{
	"/": true, "/healthz": true, "/readyz": true, "/openapi.json": true, "/docs": true, "/docs/:file": true, "/problems/:code": true,
	"": true, // an unknown path
}

// middleware wraps every request, of a known route or not: it sets the headers that every answer has and the deadline,
// authenticates the caller, runs the handler, turns an error or a panic into a problem, or only logs it if the response has begun, and
// logs the request by its route's pattern, never by its path, which may name a person.
func (s *Server) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin, id := time.Now(), correlation(c.Request())
		response := c.Response()
		header := response.Header()
		header.Set(correlationHeader, id)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if !publicRoutes[c.Path()] {
			header.Set("Cache-Control", "no-store")
		}
		ctx, cancel := context.WithTimeout(context.WithValue(c.Request().Context(), contextKey{}, new(requestContext)), deadline)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))

		attrs := []slog.Attr{slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.String("correlationId", id)}
		level := slog.LevelInfo
		if err := s.handle(c, next); err != nil && response.Committed { // the status can't change any more
			level, attrs = slog.LevelError, append(attrs, slog.Any("error", err))
		} else if err != nil {
			kind := writeProblem(c, id, err)
			attrs = append(attrs, slog.String("code", string(kind)))
			if status := problemTable[kind].status; status == http.StatusUnauthorized || status >= 500 {
				attrs = append(attrs, slog.Any("error", err))
			}
		}
		if response.Status >= 500 {
			level = slog.LevelError
		}
		s.log.LogAttrs(ctx, level, "request", append(attrs, slog.Int("status", response.Status), slog.Duration("took", time.Since(begin)))...)
		return nil
	}
}

// handle authenticates the caller and runs the handler. It returns a panic as an error.
func (s *Server) handle(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v\n%s", ports.ErrInternal, p, debug.Stack())
		}
	}()
	if !publicRoutes[c.Path()] {
		if fromContext(c.Request().Context()).actor, err = s.authenticate(c.Request()); err != nil {
			return err
		}
	}
	for _, name := range c.ParamNames() {
		if value := c.Param(name); value == "" || strings.Contains(value, "/") { // echo matches slashes in a route's last parameter
			return ports.ErrNotFound
		}
	}
	return next(c)
}

// correlation returns the request's correlation id if it is 1 to 128 visible ASCII characters, else a new one.
func correlation(r *http.Request) string {
	id := r.Header.Get(correlationHeader)
	if id == "" || len(id) > maxCorrelation || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return rand.Text()
	}
	return id
}
