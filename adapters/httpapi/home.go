package httpapi

import (
	_ "embed"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed docs/home.html
var homeHTML string

// homePage answers GET / with what the spec says: what the service does, links to what needs no token, and the other
// requests, the deprecated ones last.
func (s *Server) homePage(c echo.Context) error {
	spec, err := specDocument()
	if err != nil {
		return err
	}
	var links, requests, deprecated string
	info, paths := spec["info"].(map[string]any), spec["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range []string{"get", "put", "post", "delete"} {
			o, ok := paths[path].(map[string]any)[method].(map[string]any)
			if !ok {
				continue
			}
			summary := html.EscapeString(fmt.Sprint(o["summary"]))
			request := fmt.Sprintf("<li><code>%s %s</code>: %s\n", strings.ToUpper(method), path, summary)
			switch _, public := o["security"]; {
			case o["deprecated"] == true:
				deprecated += strings.Replace(request, ":", ", deprecated:", 1)
			case !public:
				requests += request
			case path != "/" && !strings.Contains(path, "{"):
				links += fmt.Sprintf("<li><a href=\"%[1]s\">%[1]s</a>: %[2]s\n", s.base+path, summary)
			}
		}
	}
	c.Response().Header().Set("Content-Security-Policy", docsPolicy)
	return c.HTML(http.StatusOK, fmt.Sprintf(homeHTML, html.EscapeString(fmt.Sprint(info["title"])),
		html.EscapeString(fmt.Sprint(info["summary"])), links, requests+deprecated))
}
