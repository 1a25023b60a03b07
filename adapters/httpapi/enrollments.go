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

// Enroll answers POST /v1/courses/{courseId}/enrollments.
func (h *handlers) Enroll(ctx context.Context, r api.EnrollRequestObject) (api.EnrollResponseObject, error) {
	actor := fromContext(ctx).actor
	if actor.Role == ports.Partner { // the actions here are not for partners
		return nil, ports.ErrForbidden
	}
	learner, err := learnerOf(actor, cmp.Or(r.Body, new(api.Enroll)).LearnerID)
	if err != nil {
		return nil, err
	}
	action := ports.Enroll{Course: domain.CourseID(r.CourseID), Learner: learner}
	got, err := h.submitWithHeader(ctx, "enroll", r.Params.IdempotencyKey, action)
	if err != nil {
		return nil, aboutLearner(ctx, err)
	}
	location := enrollmentsPath(r.CourseID) + "/" + url.PathEscape(string(learner))
	body := standingJSON(got.Standing, &got.Position)
	if got.Standing.Status == domain.Waitlisted {
		return api.Enroll202JSONResponse{Body: body, Headers: api.Enroll202ResponseHeaders{Location: location}}, nil
	}
	return api.Enroll201JSONResponse{Body: body, Headers: api.Enroll201ResponseHeaders{Location: location}}, nil
}

// learnerOf returns the learner that an action is about: the one that the body names, else the caller if they are a learner.
func learnerOf(by ports.Actor, named *string) (domain.LearnerID, error) {
	switch {
	case named != nil:
		return domain.LearnerID(*named), nil
	case by.Role == ports.Learner:
		return domain.LearnerID(by.Subject), nil
	}
	return "", &domain.Violation{Field: "learnerId", Detail: "is required"}
}

// aboutLearner returns the error of an operation about one learner. To a learner, only those of others are forbidden.
func aboutLearner(ctx context.Context, err error) error {
	if errors.Is(err, ports.ErrForbidden) && fromContext(ctx).actor.Role == ports.Learner {
		return newPublicError(ports.ErrForbidden, "", "A learner may act only for themselves.")
	}
	return err
}

// Withdraw answers DELETE /v1/courses/{courseId}/enrollments/{learnerId}.
func (h *handlers) Withdraw(ctx context.Context, r api.WithdrawRequestObject) (api.WithdrawResponseObject, error) {
	enrollment, err := enrollmentOf(r.Params.EnrollmentID)
	if err != nil {
		return nil, err
	}
	action := ports.Withdraw{Course: domain.CourseID(r.CourseID), Learner: domain.LearnerID(r.LearnerID), Enrollment: enrollment}
	got, err := h.submitWithHeader(ctx, "withdraw", r.Params.IdempotencyKey, action)
	if err != nil {
		return nil, aboutLearner(ctx, err)
	}
	return api.Withdraw200JSONResponse(withdrawalJSON(got)), nil
}

// enrollmentOf returns the enrollment that the request names, or none if it names none.
func enrollmentOf(named *string) (domain.EnrollmentID, error) {
	switch {
	case named == nil:
		return "", nil
	case *named == "": // to the domain: any
		return "", &domain.Violation{Field: "enrollmentId", Detail: "must not be empty; omit it"}
	}
	return domain.EnrollmentID(*named), nil
}

// GetEnrollment answers GET /v1/courses/{courseId}/enrollments/{learnerId}.
func (h *handlers) GetEnrollment(ctx context.Context, r api.GetEnrollmentRequestObject) (api.GetEnrollmentResponseObject, error) {
	got, err := h.service.Standing(ctx, fromContext(ctx).actor, domain.CourseID(r.CourseID), domain.LearnerID(r.LearnerID))
	if err != nil {
		return nil, aboutLearner(ctx, err)
	}
	return api.GetEnrollment200JSONResponse(standingJSON(got.Standing, &got.Position)), nil
}

// ListEnrollments answers GET /v1/courses/{courseId}/enrollments.
func (h *handlers) ListEnrollments(
	ctx context.Context, r api.ListEnrollmentsRequestObject,
) (api.ListEnrollmentsResponseObject, error) {
	filters, page := url.Values{}, ports.StandingPage{}
	if status := r.Params.Status; status != nil {
		if !status.Valid() {
			return nil, malformed("status", "must be enrolled, waitlisted or withdrawn")
		}
		filters.Set("status", string(*status))
		page.Status = domain.Status(*status)
	}
	p, err := newPageRequest(enrollmentsPath(r.CourseID), filters, r.Params.PageSize, r.Params.PageToken)
	if err != nil {
		return nil, err
	}
	if p.after != "" {
		if page.After, err = strconv.ParseInt(p.after, 10, 64); err != nil {
			return nil, errPageToken()
		}
	}
	page.Limit = p.size + 1
	found, err := h.service.Standings(ctx, fromContext(ctx).actor, domain.CourseID(r.CourseID), page)
	if err != nil {
		return nil, err
	}
	var response api.ListEnrollments200JSONResponse
	if len(found) > p.size {
		found = found[:p.size]
		last := strconv.FormatInt(found[p.size-1].Sequence, 10)
		response.Body.NextPageToken, response.Headers.Link = p.next(last)
	}
	response.Body.Items = standingsJSON(found)
	return response, nil
}

// ListLearnerEnrollments answers GET /v1/learners/{learnerId}/enrollments.
func (h *handlers) ListLearnerEnrollments(
	ctx context.Context, r api.ListLearnerEnrollmentsRequestObject,
) (api.ListLearnerEnrollmentsResponseObject, error) {
	path := "/v1/learners/" + url.PathEscape(r.LearnerID) + "/enrollments"
	p, err := newPageRequest(path, nil, r.Params.PageSize, r.Params.PageToken)
	after, otherList := p.afterCourse()
	if err := cmp.Or(err, otherList); err != nil {
		return nil, err
	}
	page := ports.LearnerPage{After: after, Limit: p.size + 1}
	found, err := h.service.LearnerStandings(ctx, fromContext(ctx).actor, domain.LearnerID(r.LearnerID), page)
	if err != nil {
		return nil, aboutLearner(ctx, err)
	}
	var response api.ListLearnerEnrollments200JSONResponse
	if len(found) > p.size {
		found = found[:p.size]
		response.Body.NextPageToken, response.Headers.Link = p.next(string(found[p.size-1].Course))
	}
	response.Body.Items = standingsJSON(found)
	return response, nil
}

func enrollmentsPath(course string) string { return coursePath(course) + "/enrollments" }
