package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

const maxBody = 64 << 10

// jsonBody reads request bodies: one flat JSON object in UTF-8, without unknown names, duplicate names and nulls. The domain
// validates the values.
type jsonBody struct{}

// Bind implements [echo.Binder]. For a missing body it returns [io.EOF], which the generated code accepts if the spec does.
func (jsonBody) Bind(into any, c echo.Context) error {
	r := c.Request()
	data, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	switch {
	case err != nil:
		return malformed("", "the body is incomplete")
	case len(data) == 0:
		return errors.Join(malformed("", "a body is required"), io.EOF)
	case !isJSON(r.Header):
		return errUnsupported
	}
	if err := json.Unmarshal(data, into); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return malformed(e.Field, "has the wrong type, or is a number that is too large")
		}
		return malformed("", "the body is not one JSON object")
	}
	return checkNames(data, fieldNames(into))
}

func isJSON(h http.Header) bool {
	media, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, named := parameters["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8")) &&
		h.Get("Content-Encoding") == ""
}

// namesByType caches fieldNames by the type of a body. The spec bounds how many there are.
var namesByType sync.Map

// fieldNames returns the JSON names of the struct that into points to. Package json would accept them in any letter case.
func fieldNames(into any) map[string]bool {
	body := reflect.TypeOf(into).Elem()
	if known, ok := namesByType.Load(body); ok {
		return known.(map[string]bool)
	}
	known := map[string]bool{}
	for _, field := range reflect.VisibleFields(body) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = true
	}
	namesByType.Store(body, known)
	return known
}

// checkNames refuses what package json accepts in data: unknown and duplicate names, null, and invalid Unicode, which it
// replaces by U+FFFD. Package json must have read data without an error.
func checkNames(data []byte, known map[string]bool) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return malformed("", "the body is not one JSON object")
	}
	seen, replaced := map[string]bool{}, 0
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		switch {
		case err != nil || !ok:
			return malformed("", "the body is not one JSON object")
		case !known[name]:
			return malformed(name, "is not a known field")
		case seen[name]:
			return malformed(name, "is a duplicate field")
		}
		seen[name] = true
		value, err := d.Token()
		if err != nil || value == nil {
			return malformed(name, "must not be null; omit it")
		}
		text, _ := value.(string)
		replaced += strings.Count(text, "\uFFFD")
	}
	escapes := bytes.ToLower(bytes.ReplaceAll(data, []byte(`\\`), nil)) // without escaped backslashes, which start no escape
	if replaced > bytes.Count(data, []byte("\uFFFD"))+bytes.Count(escapes, []byte(`\ufffd`)) {
		return malformed("", "the body has text that is not valid Unicode: bytes that are not UTF-8, or half of a surrogate pair")
	}
	return nil
}
