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

// strictBody reads request bodies: one flat JSON object in UTF-8, with no name that the spec does not know, none twice and
// no null. What the values may be is the domain's to say.
type strictBody struct{}

// Bind implements [echo.Binder]. No body at all is [io.EOF], which the generated code lets pass where the spec does.
func (strictBody) Bind(into any, c echo.Context) error {
	r := c.Request()
	data, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	switch {
	case err != nil:
		return malformed("", "the body ended early")
	case len(data) == 0:
		return errors.Join(malformed("", "a body is required"), io.EOF)
	case !isJSON(r.Header):
		return errUnsupported
	}
	if err := json.Unmarshal(data, into); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return malformed(e.Field, "is of the wrong type, or a number that is too large")
		}
		return malformed("", "the body is not one JSON object")
	}
	return checkNames(data, names(into))
}

func isJSON(h http.Header) bool {
	media, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, named := parameters["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8")) &&
		h.Get("Content-Encoding") == ""
}

// namesOf has the names by the type of a body: there are as many as the spec has bodies.
var namesOf sync.Map

// names returns the JSON names of the fields that into points to. Package json would take them in any case of letters.
func names(into any) map[string]bool {
	body := reflect.TypeOf(into).Elem()
	if known, ok := namesOf.Load(body); ok {
		return known.(map[string]bool)
	}
	known := map[string]bool{}
	for _, field := range reflect.VisibleFields(body) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = true
	}
	namesOf.Store(body, known)
	return known
}

// checkNames finds what package json overlooks in data, which it has read: names that are unknown or twice there, null,
// and text that stands for no characters, which it replaces by U+FFFD.
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
			return malformed(name, "is not known here")
		case seen[name]:
			return malformed(name, "is there twice")
		}
		seen[name] = true
		value, err := d.Token()
		if err != nil || value == nil {
			return malformed(name, "must not be null; leave it out")
		}
		text, _ := value.(string)
		replaced += strings.Count(text, "\uFFFD")
	}
	escapes := bytes.ToLower(bytes.ReplaceAll(data, []byte(`\\`), nil)) // an escaped backslash begins no escape
	if replaced > bytes.Count(data, []byte("\uFFFD"))+bytes.Count(escapes, []byte(`\ufffd`)) {
		return malformed("", "the body has text that is not Unicode: bytes that are not UTF-8, or half of a surrogate pair")
	}
	return nil
}
