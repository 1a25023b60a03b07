package httpapi

import (
	"maps"
	"regexp"
	"slices"

	"example.com/roster/domain"
)

var braces = regexp.MustCompile(`:([a-zA-Z]+)`)

// Routes returns the router's routes in the form of the spec: "GET /v1/courses/{courseId}".
func (s *Server) Routes() []string {
	var routes []string
	for _, r := range s.router.Router().Routes() {
		routes = append(routes, r.Method+" "+braces.ReplaceAllString(r.Path, "{$1}"))
	}
	return routes
}

// LimitedAddresses returns how many addresses have a bucket of their own.
func (s *Server) LimitedAddresses() int { return len(s.addresses.current) + len(s.addresses.previous) }

// NeedsActor reports whether a route requires an authenticated caller.
func NeedsActor(route string) bool { return needsActor(route) }

// Codes returns every code of a problem.
func Codes() []domain.Kind { return slices.Sorted(maps.Keys(problemTable)) }
