package httpapi

import (
	"maps"
	"regexp"
	"slices"

	"example.com/roster/domain"
)

var braces = regexp.MustCompile(`:([a-zA-Z]+)`)

// Routes returns what the router answers, as the spec writes it: "GET /v1/courses/{courseId}".
func (s *Server) Routes() []string {
	var routes []string
	for _, r := range s.router.Routes() {
		routes = append(routes, r.Method+" "+braces.ReplaceAllString(r.Path, "{$1}"))
	}
	return routes
}

// Codes returns every code that a problem may have.
func Codes() []domain.Kind { return slices.Sorted(maps.Keys(answers)) }
