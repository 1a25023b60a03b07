package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// Kinds of error that only HTTP has.
const (
	errMalformed   domain.Kind = "malformed_request"
	errMethod      domain.Kind = "method_not_allowed"
	errTooLarge    domain.Kind = "payload_too_large"
	errUnsupported domain.Kind = "unsupported_media_type"
)

const problemsPath = "/problems/"

// A problemType is how HTTP answers a kind of error; /problems/{code} shows it.
type problemType struct {
	status  int
	title   string
	meaning string // a problem has it as its detail, unless the error has a more specific text for the client
	advice  string // what a client should do
}

// problemTable has every kind of error. A kind that is missing is answered as internal.
var problemTable = map[domain.Kind]problemType{
	errMalformed: {400, "Malformed request", "The request can't be read.",
		"Correct what detail and errors name, then send the request again."},
	errMethod: {405, "Method not allowed", "The Allow header lists the methods of this path.",
		"Use a method that Allow lists."},
	errTooLarge: {413, "Payload too large", "A body may have at most 64 KiB.",
		"Send less in one request."},
	errUnsupported: {415, "Unsupported media type", "A body must be application/json.",
		"Set Content-Type to application/json."},

	domain.ErrInvalidArgument: {422, "Invalid argument", "A field has an invalid value.",
		"Correct the fields listed in errors."},

	ports.ErrUnauthenticated: {401, "Unauthenticated", "A valid bearer token is required in the Authorization header.",
		"Get a new token and send it as Authorization: Bearer. The service's log says why it refuses one, under the correlationId."},
	ports.ErrForbidden: {403, "Forbidden", "Your role does not allow this.",
		"Request a role that allows it; the same token will be refused again."},
	ports.ErrNotFound: {404, "Not found", "There is nothing at this path; /openapi.json lists all paths.",
		"Compare the path with /docs. If it is right, the resource does not exist."},
	ports.ErrUnavailable: {503, "Unavailable", "The service is temporarily unavailable. Try again.",
		"Send the same request again, after the seconds that Retry-After says."},
	ports.ErrInternal: {500, "Internal error", "The service failed. Report the correlationId.",
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

func fieldError(kind domain.Kind, field, detail string) api.FieldError {
	return api.FieldError{Pointer: "/" + field, Code: api.Code(kind), Detail: detail}
}

// writeProblem answers with err as a problem (RFC 9457), and returns its kind.
func writeProblem(c echo.Context, correlation string, err error) domain.Kind {
	public, header := translate(err), c.Response().Header()
	t := problemTable[public.kind]
	switch t.status {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "1")
	}
	header.Set("Content-Type", "application/problem+json")
	c.Response().WriteHeader(t.status)
	_ = json.NewEncoder(c.Response()).Encode(api.Problem{ // fails only if the client has disconnected
		Type: problemsPath + string(public.kind), Title: t.title, Status: t.status, Detail: public.detail,
		Instance: c.Request().URL.EscapedPath(), Code: api.Code(public.kind), CorrelationID: correlation, Errors: public.fields,
	})
	return public.kind
}

// translate returns the part of err that the client may see.
func translate(err error) *publicError {
	if public, ok := errors.AsType[*publicError](err); ok {
		return public
	}
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		return &publicError{v.Unwrap().(domain.Kind), v.Error(), []api.FieldError{fieldError(domain.ErrInvalidArgument, v.Field, v.Detail)}}
	}
	kind := ports.KindOf(err)
	switch e, ok := errors.AsType[*echo.HTTPError](err); { // of the router, and of the generated code that binds parameters
	case errors.Is(err, echo.ErrNotFound):
		kind = ports.ErrNotFound
	case errors.Is(err, echo.ErrMethodNotAllowed):
		kind = errMethod
	case ok && e.Code == http.StatusBadRequest:
		text, _, _ := strings.Cut(fmt.Sprint(e.Message), ":") // the rest names Go types and functions
		return &publicError{kind: errMalformed, detail: text}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		kind = ports.ErrUnavailable
	}
	if _, known := problemTable[kind]; !known {
		kind = ports.ErrInternal
	}
	return &publicError{kind: kind, detail: problemTable[kind].meaning}
}
