package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"example.com/roster/cmd/bare/adapters/httpapi/internal/api"
)

const maxBody = 64 << 10

// jsonBody reads request bodies: one JSON object without unknown fields. The domain validates the values.
type jsonBody struct{}

// Bind implements [echo.Binder].
func (jsonBody) Bind(into any, c echo.Context) error {
	if media, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type")); err != nil || media != "application/json" {
		return errUnsupported
	}
	body := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, err = body.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("the body is more than one JSON value")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		field := strings.ReplaceAll(wrong.Field, ".", "/")
		return &publicError{errMalformed, field + " has the wrong type", []api.FieldError{fieldError(errMalformed, field, "has the wrong type")}}
	}
	return &publicError{kind: errMalformed, detail: strings.TrimPrefix(err.Error(), "json: ")}
}
