package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/internal/api"
)

// The first path of enroll had no version. It is deprecated, and ends at its sunset.
var (
	deprecatedSince = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sunset          = time.Date(2027, 11, 1, 0, 0, 0, 0, time.UTC)
)

// EnrollUnversioned answers POST /courses/{courseId}/enrollments as its successor does. Both share idempotency keys, so a
// client can retry a request at the successor.
func (h *handlers) EnrollUnversioned(
	ctx context.Context, r api.EnrollUnversionedRequestObject,
) (api.EnrollUnversionedResponseObject, error) {
	got, err := h.Enroll(ctx, api.EnrollRequestObject{
		CourseID: r.CourseID, Params: api.EnrollParams{IdempotencyKey: r.Params.IdempotencyKey}, Body: r.Body,
	})
	if err != nil {
		return nil, err
	}
	return unversionedResponse{got}, nil
}

// unversionedResponse sends the response of v1 unchanged.
type unversionedResponse struct{ api.EnrollResponseObject }

func (r unversionedResponse) VisitEnrollUnversionedResponse(w http.ResponseWriter) error {
	return r.VisitEnrollResponse(w)
}

// deprecation wraps the handler of the unversioned path. It says when the path ends (RFC 9745, RFC 8594) and what to use
// instead; after the sunset it answers 410.
func (s *Server) deprecation(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Deprecation", fmt.Sprintf("@%d", deprecatedSince.Unix()))
		header.Set("Sunset", sunset.Format(http.TimeFormat))
		header.Add("Link", `</docs>; rel="deprecation"; type="text/html"`)
		header.Add("Link", "<"+enrollmentsPath(c.Param("courseId"))+`>; rel="successor-version"`)
		if !s.now().Before(sunset) {
			return errGone
		}
		return next(c)
	}
}
