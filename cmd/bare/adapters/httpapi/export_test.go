package httpapi

import (
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/labstack/echo/v4"

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

// AddRoute adds a route without content.
func (s *Server) AddRoute(path string) {
	s.router.GET(path, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
}

// Codes returns every code of a problem.
func Codes() []domain.Kind { return slices.Sorted(maps.Keys(problemTable)) }
