package httpapi

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// What a page on another origin may send and read, beside what every page may (WHATWG Fetch, CORS-safelisted).
var (
	crossOriginRequest = []string{
		"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", correlationHeader, "traceparent", "tracestate",
	}
	crossOriginResponse = []string{
		"Age", "ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", correlationHeader,
		"Deprecation", "Sunset",
	}
)

const preflightAge = 600 // seconds for which a browser may keep the answer to a preflight request

// WithCrossOrigin lets the pages of these origins call the API from a browser (CORS). A page sends its token itself; cookies are not
// used. A preflight request, which has no token, is not counted against any limit: its answer costs less than a refusal, and a flood
// from an address must not keep others there from calling. Each must be a [ValidOrigin]; the default is none.
func WithCrossOrigin(origins ...string) Option {
	return func(s *Server) {
		if len(origins) == 0 {
			return
		}
		s.crossOrigin = middleware.CORSWithConfig(middleware.CORSConfig{
			AllowOrigins:  origins,
			AllowHeaders:  crossOriginRequest,
			ExposeHeaders: crossOriginResponse,
			MaxAge:        preflightAge,
		})
	}
}

// ValidOrigin reports whether text is an origin as browsers send it (RFC 6454): scheme, host and, if it is not the default, port.
func ValidOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(u.Host, "*@") || u.Hostname() == "" || text != strings.ToLower(u.Scheme+"://"+u.Host) {
		return false
	}
	return u.Scheme == "https" && u.Port() != "443" || u.Scheme == "http" && u.Port() != "80"
}

// answer runs handle, and adds what a page on another origin needs to read the answer. A preflight request is answered here.
func (s *Server) answer(c echo.Context, request *requestContext, next echo.HandlerFunc) error {
	handle := func(c echo.Context) error { return s.handle(c, request, next) }
	if s.crossOrigin == nil {
		return handle(c)
	}
	return s.crossOrigin(handle)(c)
}
