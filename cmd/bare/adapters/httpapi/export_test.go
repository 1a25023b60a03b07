package httpapi

import (
	"maps"
	"regexp"
	"slices"

	"example.com/roster/cmd/bare/domain"
)

var parameter = regexp.MustCompile(`:([a-zA-Z]+)`)

// Routes returns the router's routes in the form of the spec: "GET /problems/{code}".
func (s *Server) Routes() (routes []string) {
	for _, r := range s.router.Router().Routes() {
		routes = append(routes, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
	}
	return routes
}

// Codes returns every code of a problem.
func Codes() []domain.Kind { return slices.Sorted(maps.Keys(problemTable)) }
