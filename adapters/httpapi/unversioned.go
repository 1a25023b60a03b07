package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/ports"
)

// The first path had no version. It is deprecated, and ends at its sunset.
const unversionedRoute = "/courses/:courseId/enrollments"

var (
	deprecated = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sunset     = time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC)
)

// EnrollUnversioned answers POST /courses/{courseId}/enrollments as its successor does, keys included: what was begun here
// can be tried again there.
func (h *handlers) EnrollUnversioned(
	ctx context.Context, r api.EnrollUnversionedRequestObject,
) (api.EnrollUnversionedResponseObject, error) {
	got, err := h.Enroll(ctx, api.EnrollRequestObject{
		CourseID: r.CourseID, Params: api.EnrollParams{IdempotencyKey: r.Params.IdempotencyKey}, Body: r.Body,
	})
	if err != nil {
		return nil, err
	}
	return asUnversioned{got}, nil
}

// asUnversioned is a response of v1, which the unversioned path gives as it is.
type asUnversioned struct{ api.EnrollResponseObject }

func (r asUnversioned) VisitEnrollUnversionedResponse(w http.ResponseWriter) error {
	return r.VisitEnrollResponse(w)
}

// retiring is around the unversioned path. It says when the path ends (RFC 9745, RFC 8594) and what to use instead, and
// from then on answers nothing else.
func (s *Server) retiring(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Path() != unversionedRoute {
			return next(c)
		}
		header := c.Response().Header()
		header.Set("Deprecation", fmt.Sprintf("@%d", deprecated.Unix()))
		header.Set("Sunset", sunset.Format(http.TimeFormat))
		header.Add("Link", `</docs>; rel="deprecation"; type="text/html"`)
		header.Add("Link", "<"+enrollmentsPath(c.Param("courseId"))+`>; rel="successor-version"`)
		if !s.clock.Now().Before(sunset) {
			return errGone
		}
		return next(c)
	}
}

// WithClock sets what tells the time at which a deprecated path ends. Without, it is the machine's clock.
func WithClock(c ports.Clock) Option { return func(s *Server) { s.clock = c } }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// needsActor reports whether a route is for those who say who they are.
func needsActor(route string) bool {
	return strings.HasPrefix(route, "/v1/") || strings.HasPrefix(route, "/partner/") || route == unversionedRoute
}
