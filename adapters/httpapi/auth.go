package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"example.com/roster/ports"
)

// An Authenticator returns who sends a request. If it can't identify the caller, its error wraps [ports.ErrUnauthenticated].
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

// admit authenticates the caller, if the route requires it, and counts the request against the rate limit: of the
// principal if it is known, else of the address, which has a limit of its own for the health paths.
func (s *Server) admit(c echo.Context, request *requestContext) error {
	route, address, known := c.Path(), network(c.RealIP()), false
	var err error
	if needsActor(route) {
		if s.addresses != nil && s.known != nil && s.addresses.empty(address, s.now()) && !s.known(c.Request()) {
			s.addresses.take(address, s.now(), request.header)
			return errRateLimited
		}
		request.actor, err = s.authenticate(c.Request())
		known = err == nil
	}
	if s.addresses == nil {
		return err
	}
	table, caller := s.addresses, any(address)
	switch {
	case isProbe(route):
		table = s.probes
	case known:
		table, caller = s.principals, principal{request.actor.Tenant, request.actor.Subject}
	}
	if !table.take(caller, s.now(), request.header) {
		return errRateLimited
	}
	return err
}

// challenge returns the WWW-Authenticate header of a 401 (RFC 6750). It names an error only if the request had a token.
func challenge(r *http.Request) string {
	if r.Header.Get("Authorization") == "" {
		return "Bearer"
	}
	return `Bearer error="invalid_token"`
}
