package httpapi

import (
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/docs"
)

//go:embed home.html
var homeHTML string

// homePage answers GET / with what the spec says: what the service does, links to what needs no token, and the other
// requests, the deprecated ones last.
func (s *Server) homePage(c echo.Context) error {
	spec, err := specDocument()
	if err != nil {
		return err
	}
	operations, err := Operations()
	if err != nil {
		return err
	}
	var links, requests, deprecated string
	for _, o := range operations {
		summary := html.EscapeString(o.Summary)
		request := fmt.Sprintf("<li><code>%s %s</code>: %s\n", o.Method, o.Path, summary)
		switch {
		case o.Deprecated:
			deprecated += strings.Replace(request, ":", ", deprecated:", 1)
		case !o.Open:
			requests += request
		case o.Path != "/" && !strings.Contains(o.Path, "{"):
			links += fmt.Sprintf("<li><a href=\"%[1]s\">%[1]s</a>: %[2]s\n", s.base+o.Path, summary)
		}
	}
	info := spec["info"].(map[string]any)
	c.Response().Header().Set("Content-Security-Policy", docs.Policy)
	return c.HTML(http.StatusOK, fmt.Sprintf(homeHTML, html.EscapeString(fmt.Sprint(info["title"])),
		html.EscapeString(fmt.Sprint(info["summary"])), links, requests+deprecated))
}
