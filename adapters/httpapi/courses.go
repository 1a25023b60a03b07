package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strconv"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const coursesPath = "/v1/courses"

func coursePath(id string) string { return coursesPath + "/" + url.PathEscape(id) }

// GetCourse answers GET /v1/courses/{courseId}.
func (h *handlers) GetCourse(ctx context.Context, r api.GetCourseRequestObject) (api.GetCourseResponseObject, error) {
	got, err := h.service.Course(ctx, fromContext(ctx).actor, domain.CourseID(r.CourseID))
	if err != nil {
		return nil, err
	}
	tag := entityTag(got)
	if matches(r.Params.IfNoneMatch, tag) {
		return api.GetCourse304Response{Headers: api.GetCourse304ResponseHeaders{ETag: tag}}, nil
	}
	return api.GetCourse200JSONResponse{Body: courseJSON(got), Headers: api.GetCourse200ResponseHeaders{ETag: tag}}, nil
}

// PutCourse answers PUT /v1/courses/{courseId}.
func (h *handlers) PutCourse(ctx context.Context, r api.PutCourseRequestObject) (api.PutCourseResponseObject, error) {
	revision, err := h.expectedRevision(ctx, domain.CourseID(r.CourseID), r.Params)
	if err != nil {
		return nil, err
	}
	body := r.Body
	action := ports.PutCourse{
		Course:     domain.CourseID(r.CourseID),
		Settings:   domain.Settings{Title: body.Title, Capacity: body.Capacity, Open: body.Open, WaitlistEnabled: body.WaitlistEnabled},
		IfRevision: revision,
	}
	got, err := h.submitWithHeader(ctx, "putCourse", r.Params.IdempotencyKey, action)
	if errors.Is(err, domain.ErrCourseNotFound) {
		return nil, newPublicError(domain.ErrCourseNotFound, "", "There is no such course. A new one needs a title and a capacity.")
	}
	if err != nil {
		return nil, err
	}
	course, tag := courseJSON(got.Course), entityTag(got.Course)
	if got.Created {
		headers := api.PutCourse201ResponseHeaders{ETag: tag, Location: coursePath(r.CourseID)}
		return api.PutCourse201JSONResponse{Body: course, Headers: headers}, nil
	}
	return api.PutCourse200JSONResponse{Body: course, Headers: api.PutCourse200ResponseHeaders{ETag: tag}}, nil
}

// expectedRevision returns the revision that If-Match and If-None-Match require, 0 for any. For If-Match: * the course must exist. Courses
// are never removed, so it still exists when the put runs. If queries read a replica, a course that was created just now may be refused.
func (h *handlers) expectedRevision(ctx context.Context, id domain.CourseID, p api.PutCourseParams) (int64, error) {
	switch {
	case p.IfNoneMatch != nil && (p.IfMatch != nil || *p.IfNoneMatch != "*"):
		return 0, ports.ErrPreconditionFailed
	case p.IfNoneMatch != nil:
		return ports.MustNotExist, nil
	case p.IfMatch == nil:
		return 0, nil
	case *p.IfMatch == "*":
		_, err := h.service.Course(ctx, fromContext(ctx).actor, id)
		if errors.Is(err, domain.ErrCourseNotFound) {
			err = ports.ErrPreconditionFailed
		}
		return 0, err
	}
	return parseTag(*p.IfMatch)
}

// ListCourses answers GET /v1/courses.
func (h *handlers) ListCourses(ctx context.Context, r api.ListCoursesRequestObject) (api.ListCoursesResponseObject, error) {
	filters := url.Values{}
	if r.Params.Open != nil {
		filters.Set("open", strconv.FormatBool(*r.Params.Open))
	}
	p, err := newPageRequest(coursesPath, filters, r.Params.PageSize, r.Params.PageToken)
	after, otherList := p.afterCourse()
	if err := cmp.Or(err, otherList); err != nil {
		return nil, err
	}
	found, err := h.service.Courses(ctx, fromContext(ctx).actor, ports.CoursePage{Open: r.Params.Open, After: after, Limit: p.size + 1})
	if err != nil {
		return nil, err
	}
	var response api.ListCourses200JSONResponse
	if len(found) > p.size {
		found = found[:p.size]
		response.Body.NextPageToken, response.Headers.Link = p.next(string(found[p.size-1].ID))
	}
	response.Body.Items = make([]api.Course, len(found))
	for i, c := range found {
		response.Body.Items[i] = courseJSON(c)
	}
	return response, nil
}
