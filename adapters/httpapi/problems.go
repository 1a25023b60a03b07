package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/httpapi/internal/api"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Kinds of error that only HTTP has.
const (
	errMalformed   domain.Kind = "malformed_request"
	errNotFound    domain.Kind = ports.ErrNotFound // no such route: to a client the same as a missing resource
	errMethod      domain.Kind = "method_not_allowed"
	errTooLarge    domain.Kind = "payload_too_large"
	errUnsupported domain.Kind = "unsupported_media_type"
	errGone        domain.Kind = "gone" // a path after its sunset
	errRateLimited domain.Kind = "rate_limited"
)

// A problemType is how HTTP answers a kind of error; /problems/{code} shows it.
type problemType struct {
	status     int
	retry      api.ProblemTypeRetry
	retryAfter int // seconds, with retryLater; the default of the Retry-After header
	title      string
	detail     string // what it means; a problem has it unless the error has a more specific text for the client
	advice     string // what a client should do
}

// Whether the same request may get another answer.
const (
	retryNever  = api.ProblemTypeRetryNever       // not unless the request changes
	retryChange = api.ProblemTypeRetryAfterChange // when the state that it depends on has changed; waiting alone does not help
	retryLater  = api.ProblemTypeRetryLater       // after Retry-After seconds, then with growing pauses, under the same Idempotency-Key
)

// problemTable has every kind of error. A kind that is missing is answered as internal.
var problemTable = map[domain.Kind]problemType{
	errMalformed: {400, retryNever, 0, "Malformed request", "The request can't be read.",
		"Correct what detail and errors name, then send the request again."},
	errNotFound: {404, retryChange, 0, "Not found", "There is nothing at this path; /openapi.json lists all paths.",
		"Compare the path with /docs; check trailing slashes and percent-encoding. If it is right, the resource does not exist."},
	errMethod: {405, retryNever, 0, "Method not allowed", "The Allow header lists the methods of this path.",
		"Use a method that Allow lists."},
	errTooLarge: {413, retryNever, 0, "Payload too large", "A body may have at most 64 KiB.",
		"Send less in one request."},
	errUnsupported: {415, retryNever, 0, "Unsupported media type", "A body must be application/json, in UTF-8 and not compressed.",
		"Set Content-Type to application/json and omit Content-Encoding."},
	errGone: {410, retryNever, 0, "Gone", "This path has been retired.",
		"Use the path that Link names as rel=successor-version. It accepts the same bodies and the same keys."},
	errRateLimited: {429, retryLater, 1, "Rate limited", "You have sent more requests than the rate limit allows.",
		"Wait as long as Retry-After says, and pace your requests by the RateLimit header."},

	domain.ErrInvalidArgument: {422, retryNever, 0, "Invalid argument", "A field has an invalid value.",
		"Correct the fields listed in errors."},
	domain.ErrCourseNotFound: {404, retryChange, 0, "Course not found", "There is no such course.",
		"Check the id against GET /v1/courses. To create the course, put it with a title and a capacity."},
	domain.ErrCourseFull: {409, retryChange, 0, "Course full", "The course has no free seat, and either no waitlist or only a seat was wanted.",
		"Inform the learner. This changes after a withdrawal, or when staff add seats or a waitlist."},
	domain.ErrCourseClosed: {409, retryChange, 0, "Course closed", "The course accepts no enrollments now.",
		"Inform the learner. This changes when staff open the course."},
	domain.ErrAlreadyEnrolled: {409, retryChange, 0, "Already enrolled", "The learner has a seat on this course.",
		"Treat it as done: standing says what the learner holds."},
	domain.ErrAlreadyWaitlisted: {409, retryChange, 0, "Already waitlisted", "The learner is on the waitlist of this course.",
		"Treat it as done: standing says what the learner holds, and a GET of it has the position in the waitlist."},
	domain.ErrNotEnrolled: {404, retryChange, 0, "Not enrolled", "The learner is neither enrolled nor waitlisted on this course.",
		"After a withdrawal, treat it as done. Otherwise check the learner's id."},
	domain.ErrEnrollmentMismatch: {409, retryChange, 0, "Enrollment mismatch", "The learner holds another enrollment in this course than the named one.",
		"The named enrollment has ended: to undo it, treat it as done. standing has the later one, which stays."},
	domain.ErrAlreadyExists: {409, retryChange, 0, "Already exists", "Both ids hold, or have held, something on the same course.",
		"Choose another new id, or leave both as they are."},

	ports.ErrUnauthenticated: {401, retryChange, 0, "Unauthenticated", "Authentication is required: send a bearer token in the Authorization header.",
		"Get a new token and send it as Authorization: Bearer. If that is refused too, stop: its issuer or audience is wrong."},
	ports.ErrForbidden: {403, retryChange, 0, "Forbidden", "Your role does not allow this.",
		"Request a role that allows it; the same token will be refused again."},
	ports.ErrPreconditionFailed: {412, retryChange, 0, "Precondition failed", "The course has another revision. Get it again.",
		"Get the course, check whether the change still makes sense, and put it with the new ETag."},
	ports.ErrKeyReused: {422, retryNever, 0, "Idempotency key reused", "Another request was sent under this key. Choose a new one.",
		"Use a new key for each new request. Repeat a request under its key only unchanged."},
	ports.ErrInProgress: {409, retryLater, 1, "Idempotency key in progress", "The first request under this key is still running. Try again.",
		"Send the same request under the same key again; it will get the first one's answer."},
	ports.ErrUnavailable: {503, retryLater, 1, "Unavailable", "The service is temporarily unavailable. Try again.",
		"Send the same request again. Without an Idempotency-Key, first check whether it was done."},
	ports.ErrInternal: {500, retryNever, 0, "Internal error", "The service failed. Report the correlationId.",
		"Report it with the correlationId. Do not repeat it in a loop."},
}

// A publicError is an error whose text is meant for the client.
type publicError struct {
	kind   domain.Kind
	detail string
	fields []api.FieldError
}

func (e *publicError) Error() string { return e.detail }

func (e *publicError) Unwrap() error { return e.kind }

// malformed returns the error of a malformed request. The field or parameter is empty if the whole request is malformed.
func malformed(field, detail string) *publicError { return newPublicError(errMalformed, field, detail) }

// malformedAt returns the error of a malformed value in the body, at this path.
func malformedAt(path []string, detail string) *publicError {
	return errorAt(errMalformed, path, detail)
}

func newPublicError(kind domain.Kind, field, detail string) *publicError {
	return errorAt(kind, []string{field}, detail)
}

// errorAt returns an error whose pointer (RFC 6901) has these names and indexes; without a pointer, if they are empty.
func errorAt(kind domain.Kind, path []string, detail string) *publicError {
	where, pointer := strings.Join(path, "/"), ""
	for _, name := range path {
		pointer += "/" + pointerEscape.Replace(name)
	}
	if where == "" {
		return &publicError{kind: kind, detail: detail}
	}
	return &publicError{kind, where + " " + detail, []api.FieldError{fieldError(kind, pointer, detail)}}
}

func fieldError(kind domain.Kind, pointer, detail string) api.FieldError {
	return api.FieldError{Pointer: pointer, Code: api.Code(kind), Detail: detail}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901

// writeProblem answers with err as a problem (RFC 9457), whose paths are below base, and returns its kind.
func writeProblem(c echo.Context, base string, err error) domain.Kind {
	public, refusal := translate(err)
	kind := public.kind
	t := problemTable[kind]
	r, header := c.Request(), c.Response().Header()
	p := api.Problem{
		Type: base + problemsPath + string(kind), Title: t.title, Status: t.status, Detail: public.detail, Instance: base + r.URL.EscapedPath(),
		Code: api.Code(kind), CorrelationID: fromContext(r.Context()).correlation, Errors: public.fields, RefusedAt: refusal.Action,
	}
	if refusal.Standing.Live() {
		p.Standing = new(standingJSON(refusal.Standing, nil))
	}
	if t.retryAfter > 0 && header.Get("Retry-After") == "" {
		header.Set("Retry-After", strconv.Itoa(t.retryAfter))
	}
	if t.status == http.StatusUnauthorized {
		challenge(header, &p, r, err)
	}
	header.Set("Content-Type", "application/problem+json")
	c.Response().WriteHeader(t.status)
	_ = json.NewEncoder(c.Response()).Encode(p) // fails only if the client has disconnected
	return kind
}

// translate returns the part of err that the client may see, and the refusal if it is one.
func translate(err error) (*publicError, ports.Refusal) {
	if public, ok := errors.AsType[*publicError](err); ok {
		return public, ports.Refusal{}
	}
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		return newPublicError(domain.ErrInvalidArgument, v.Field, v.Detail), ports.Refusal{}
	}
	if public := fromRouter(err); public != nil {
		return public, ports.Refusal{}
	}
	kind := ports.KindOf(err)
	if _, known := problemTable[kind]; !known {
		kind = ports.ErrInternal
	}
	if kind == ports.ErrInternal && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		kind = ports.ErrUnavailable
	}
	if r, ok := errors.AsType[*ports.Refusal](err); ok {
		return ofKind(kind), *r
	}
	return ofKind(kind), ports.Refusal{}
}

// fromRouter translates the errors of the router and of the generated code that binds parameters. It returns nil for any other error.
func fromRouter(err error) *publicError {
	switch {
	case errors.Is(err, echo.ErrNotFound):
		return ofKind(errNotFound)
	case errors.Is(err, echo.ErrMethodNotAllowed):
		return ofKind(errMethod)
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code == http.StatusBadRequest {
		text, _, _ := strings.Cut(fmt.Sprint(e.Message), ":") // the rest names Go types and functions
		return malformed("", text)
	}
	return nil
}

// ofKind returns a publicError with the table's text.
func ofKind(kind domain.Kind) *publicError {
	return &publicError{kind: kind, detail: problemTable[kind].detail}
}
