package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// An Authenticator returns who sends a request. If it can't identify the caller, its error wraps [ports.ErrUnauthenticated]. The log has
// the text of that error, which must contain no token and name no person. If the error has a method Description() string, its result is
// for the caller too.
type Authenticator func(*http.Request) (ports.Actor, error)

// WithAuthenticator sets how callers are authenticated. Without it, every use case answers 401.
func WithAuthenticator(a Authenticator) Option { return func(s *Server) { s.authenticate = a } }

// WithKnownTokens sets how to find out, without the cost of a signature, that a caller was authenticated before. An address that has
// used up its limit of unauthenticated requests gets 429 before its token is verified, unless the token is known: so a flood of
// invented tokens costs no signatures. Without this option, every token is verified.
func WithKnownTokens(known func(*http.Request) bool) Option {
	return func(s *Server) { s.known = known }
}

func noAuthenticator(*http.Request) (ports.Actor, error) {
	return ports.Actor{}, ports.ErrUnauthenticated
}

// publicRoutes need no authentication. Every other route does.
var publicRoutes = map[string]bool{
	"/": true, "/healthz": true, "/readyz": true, "/openapi.json": true, "/docs": true, "/docs/:file": true, "/problems/:code": true,
	"": true, // an unknown path
}

// needsActor reports whether a route requires an authenticated caller.
func needsActor(route string) bool { return !publicRoutes[route] }

// admit authenticates the caller, if the route requires it, and counts the request against the limits: of the principal if it is
// known, else of the address, which has a limit of its own for the health paths.
func (s *Server) admit(c echo.Context, request *requestContext) error {
	route, address, now := c.Path(), network(c.RealIP()), s.now()
	table, caller := s.addresses, any(address)
	if isProbe(route) {
		table = s.probes
	}
	var err error
	if needsActor(route) {
		if s.addresses != nil && s.known != nil && s.addresses.empty(address, now) && !s.known(c.Request()) {
			s.addresses.take(address, now, request.header)
			return errRateLimited
		}
		if request.actor, err = s.authenticate(c.Request()); err == nil {
			table, caller = s.principals, principal{request.actor.Tenant, request.actor.Subject}
		}
	}
	if table != nil && !table.take(caller, now, request.header) {
		return errRateLimited
	}
	if err == nil && needsActor(route) && isWrite(c.Request().Method) {
		request.countActions = func(n int) error { return s.countActions(request.actor, n, request.header) }
		return s.countWrites(request.actor, 1, now, request.header)
	}
	return err
}

// isWrite reports whether a method is not safe (RFC 9110, section 9.2.1): its request may change something.
func isWrite(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions && method != http.MethodTrace
}

// challenge adds to a 401 the WWW-Authenticate header (RFC 6750, 3). If the request had a token, the header names an error, and the
// problem's detail says more than that one is required.
func challenge(header http.Header, p *api.Problem, r *http.Request, err error) {
	text := description(err)
	switch {
	case r.Header.Get("Authorization") == "":
		header.Set("WWW-Authenticate", "Bearer")
	case text == "":
		header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		p.Detail = "The token is not accepted. The service's log has the reason, under this correlationId."
	default:
		header.Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+text+`"`)
		p.Detail = "The request is not authenticated: " + text + "."
	}
}

// description returns why a caller was not identified, or "" if that is for the log alone. It has the characters that an
// error_description may have (RFC 6750, 3).
func description(err error) string {
	described, ok := errors.AsType[interface {
		error
		Description() string
	}](err)
	if !ok {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' || notPrintable(r) {
			return '?'
		}
		return r
	}, described.Description())
}
