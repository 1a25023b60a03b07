package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
)

// The first path of enroll, POST /courses/{courseId}/enrollments, had no version. It is deprecated, and ends at its sunset.
// Until then it has the handler of its successor. Both share idempotency keys, so a client can retry a request at the successor.
var (
	deprecatedSince = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sunset          = time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC)
)

// Deprecation returns since when the path is deprecated, and when it ends.
func Deprecation() (since, end time.Time) { return deprecatedSince, sunset }

// deprecation wraps that handler. It says when the path ends (RFC 9745, RFC 8594) and what to use instead; after the sunset
// it answers 410.
func (s *Server) deprecation(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Deprecation", fmt.Sprintf("@%d", deprecatedSince.Unix()))
		header.Set("Sunset", sunset.Format(http.TimeFormat))
		header.Add("Link", `</docs>; rel="deprecation"; type="text/html"`)
		header.Add("Link", "<"+enrollmentsPath(pathParameter(c, "courseId"))+`>; rel="successor-version"`)
		if !s.now().Before(sunset) {
			return errGone
		}
		return next(c)
	}
}

// pathParameter returns a decoded parameter of the path. The router decodes none if the path has an encoding of its own, such as %2F.
func pathParameter(c echo.Context, name string) string {
	value := c.Param(name)
	if decoded, err := url.PathUnescape(value); err == nil && c.Request().URL.RawPath != "" {
		return decoded
	}
	return value
}
