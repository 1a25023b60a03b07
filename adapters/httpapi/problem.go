package httpapi

import (
	"bytes"
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

// A fault is an error whose text is made for the client.
type fault struct {
	kind   domain.Kind
	detail string
	fields []api.FieldError
}

func (f *fault) Error() string { return f.detail }

func (f *fault) Unwrap() error { return f.kind }

// malformed returns a fault of the request, at the field or parameter if it is one's.
func malformed(field, detail string) *fault { return newFault(errMalformed, field, detail) }

func newFault(kind domain.Kind, field, detail string) *fault {
	if field == "" {
		return &fault{kind: kind, detail: detail}
	}
	return &fault{kind, field + " " + detail, []api.FieldError{fieldError(kind, "/"+pointerEscape.Replace(field), detail)}}
}

func fieldError(kind domain.Kind, pointer, detail string) api.FieldError {
	return api.FieldError{Pointer: pointer, Code: api.Code(kind), Detail: detail}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901

// writeProblem answers with err as a problem (RFC 9457) and returns its kind.
func writeProblem(c echo.Context, err error) domain.Kind {
	f, held := translate(err)
	a := answers[f.kind]
	r, header := c.Request(), c.Response().Header()
	p := api.Problem{
		Type: problemsPath + string(f.kind), Title: a.title, Status: a.status, Detail: f.detail, Instance: r.URL.EscapedPath(),
		Code: api.Code(f.kind), CorrelationID: callOf(r.Context()).correlation, Standing: held,
	}
	if len(f.fields) > 0 {
		p.Errors = &f.fields
	}
	if a.retryAfter > 0 && header.Get("Retry-After") == "" {
		header.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if a.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", challenge(r))
	}
	header.Set("Content-Type", "application/problem+json")
	c.Response().WriteHeader(a.status)
	var body bytes.Buffer
	_ = json.NewEncoder(&body).Encode(p)    // strings and numbers: it can't fail
	_, _ = c.Response().Write(body.Bytes()) // the client may be gone
	return f.kind
}

// translate returns what of err may be shown, and what the learner holds where that is why.
func translate(err error) (*fault, *api.Held) {
	if f, ok := errors.AsType[*fault](err); ok {
		return f, nil
	}
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		return newFault(domain.ErrInvalidArgument, v.Field, v.Detail), nil
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok {
		return routing(e), nil
	}
	kind := ports.KindOf(err)
	if _, known := answers[kind]; !known {
		kind = ports.ErrInternal
	}
	if kind == ports.ErrInternal && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		kind = ports.ErrUnavailable
	}
	if r, ok := errors.AsType[*ports.Refusal](err); ok && r.Standing.Live() {
		return plain(kind), held(r.Standing)
	}
	return plain(kind), nil
}

// routing translates what the router and the generated code that binds parameters say.
func routing(e *echo.HTTPError) *fault {
	switch e.Code {
	case http.StatusNotFound:
		return plain(errNotFound)
	case http.StatusMethodNotAllowed:
		return plain(errMethod)
	case http.StatusBadRequest:
		text, _, _ := strings.Cut(fmt.Sprint(e.Message), ":") // what follows names Go's types and functions
		return malformed("", text)
	}
	return plain(ports.ErrInternal)
}

func plain(kind domain.Kind) *fault { return &fault{kind: kind, detail: answers[kind].detail} }
