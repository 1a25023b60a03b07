package httpapi

import (
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
	got, err := h.service.Course(ctx, callOf(ctx).actor, domain.CourseID(r.CourseID))
	if err != nil {
		return nil, err
	}
	tag := entityTag(got)
	if has(r.Params.IfNoneMatch, tag) {
		return api.GetCourse304Response{Headers: api.GetCourse304ResponseHeaders{ETag: tag}}, nil
	}
	return api.GetCourse200JSONResponse{Body: course(got), Headers: api.GetCourse200ResponseHeaders{ETag: tag}}, nil
}

// PutCourse answers PUT /v1/courses/{courseId}.
func (h *handlers) PutCourse(ctx context.Context, r api.PutCourseRequestObject) (api.PutCourseResponseObject, error) {
	revision, err := h.expected(ctx, domain.CourseID(r.CourseID), r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	b := r.Body
	action := ports.PutCourse{
		Course:     domain.CourseID(r.CourseID),
		Settings:   domain.Settings{Title: b.Title, Capacity: b.Capacity, Open: b.Open, WaitlistEnabled: b.WaitlistEnabled},
		IfRevision: revision,
	}
	got, err := h.submitUnder(ctx, "putCourse", r.Params.IdempotencyKey, action)
	if err != nil {
		return nil, err
	}
	body, tag := course(got.Course), entityTag(got.Course)
	if got.Created {
		headers := api.PutCourse201ResponseHeaders{ETag: tag, Location: coursePath(r.CourseID)}
		return api.PutCourse201JSONResponse{Body: body, Headers: headers}, nil
	}
	return api.PutCourse200JSONResponse{Body: body, Headers: api.PutCourse200ResponseHeaders{ETag: tag}}, nil
}

// expected returns the revision that If-Match asks for, 0 for any. For "*" the course must exist; as courses are never
// removed, it still will when it is put.
func (h *handlers) expected(ctx context.Context, id domain.CourseID, ifMatch *string) (int64, error) {
	if ifMatch == nil {
		return 0, nil
	}
	if *ifMatch == "*" {
		_, err := h.service.Course(ctx, callOf(ctx).actor, id)
		if errors.Is(err, domain.ErrCourseNotFound) {
			err = ports.ErrPreconditionFailed
		}
		return 0, err
	}
	revision, ok := revisionOf(*ifMatch)
	if !ok {
		return 0, ports.ErrPreconditionFailed
	}
	return revision, nil
}

// ListCourses answers GET /v1/courses.
func (h *handlers) ListCourses(ctx context.Context, r api.ListCoursesRequestObject) (api.ListCoursesResponseObject, error) {
	filters := url.Values{}
	if r.Params.Open != nil {
		filters.Set("open", strconv.FormatBool(*r.Params.Open))
	}
	l, err := newListing(coursesPath, filters, r.Params.PageSize, r.Params.PageToken)
	if err != nil {
		return nil, err
	}
	after := domain.CourseID(l.after)
	if after != "" && after.Validate() != nil {
		return nil, errPageToken()
	}
	found, err := h.service.Courses(ctx, callOf(ctx).actor, ports.CoursePage{Open: r.Params.Open, After: after, Limit: l.size + 1})
	if err != nil {
		return nil, err
	}
	var response api.ListCourses200JSONResponse
	if len(found) > l.size {
		found = found[:l.size]
		response.Body.NextPageToken, response.Headers.Link = l.next(string(found[l.size-1].ID))
	}
	response.Body.Items = make([]api.Course, len(found))
	for i, c := range found {
		response.Body.Items[i] = course(c)
	}
	return response, nil
}
