package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"example.com/roster/adapters/internal/spelling"
	"example.com/roster/ports"
)

const maxBody = 64 << 10

// jsonBody reads request bodies: one JSON object in UTF-8, without unknown names, duplicate names and nulls. The domain validates the
// values.
type jsonBody struct{}

// Bind implements [echo.Binder]. For a missing body it returns [io.EOF], which the generated code accepts if the spec does.
func (jsonBody) Bind(into any, c echo.Context) error {
	r := c.Request()
	data, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return newPublicError(ports.ErrUnavailable, "", "The body did not arrive in time. Send the request again.")
	case err != nil:
		return malformed("", "the body is incomplete")
	case len(data) == 0:
		return errors.Join(malformed("", "a body is required"), io.EOF)
	case !isJSON(r.Header):
		return errUnsupported
	}
	err = json.Unmarshal(data, into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !ok {
		return errNotObject()
	}
	if refused := checkBody(data, reflect.TypeOf(into).Elem()); refused != nil {
		return refused
	}
	if err != nil {
		return errNotObject()
	}
	return nil
}

func errNotObject() error { return malformed("", "the body is not one JSON object") }

func isJSON(h http.Header) bool {
	media, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, named := parameters["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8")) &&
		h.Get("Content-Encoding") == ""
}

// checkBody refuses what package json accepts in a body of this type: unknown and duplicate names, null, and invalid Unicode, which it
// replaces by U+FFFD. It says at which value, as it does for a value of another type. The body must be valid JSON.
func checkBody(data []byte, body reflect.Type) error {
	b := bodyReader{Decoder: json.NewDecoder(bytes.NewReader(data))}
	b.UseNumber()
	if t, err := b.Token(); err != nil || t != json.Delim('{') {
		return errNotObject()
	}
	if err := b.object(body, nil); err != nil {
		return err
	}
	escapes := bytes.ToLower(bytes.ReplaceAll(data, []byte(`\\`), nil)) // without escaped backslashes, which start no escape
	if b.replaced > bytes.Count(data, []byte("\uFFFD"))+bytes.Count(escapes, []byte(`\ufffd`)) {
		return malformed("", "the body has text that is not valid Unicode: bytes that are not UTF-8, or half of a surrogate pair")
	}
	return nil
}

// A bodyReader reads a body beside the types that its values are decoded into.
type bodyReader struct {
	*json.Decoder
	replaced int // characters U+FFFD
}

// object reads the rest of an object, which is at a path.
func (b *bodyReader) object(t reflect.Type, at []string) error {
	fields, seen := fieldsOf(t), map[string]bool{}
	for b.More() {
		token, err := b.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return errNotObject()
		}
		field, known := fields[name]
		at := append(at, name)
		switch {
		case !known:
			detail := "is not a known field"
			if meant := spelling.Meant(name, slices.Sorted(maps.Keys(fields))); meant != "" {
				detail += "; did you mean " + meant + "?"
			}
			return malformedAt(at, detail)
		case seen[name]:
			return malformedAt(at, "is a duplicate field")
		}
		seen[name] = true
		if err := b.value(field, at); err != nil {
			return err
		}
	}
	_, err := b.Token()
	return err
}

// value reads the value at a path.
func (b *bodyReader) value(t reflect.Type, at []string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := b.Token()
	switch token := token.(type) {
	case nil:
		return cmp.Or(err, error(malformedAt(at, "must not be null; omit it")))
	case string:
		b.replaced += strings.Count(token, "\uFFFD")
		if t.Kind() == reflect.String {
			return nil
		}
	case bool:
		if t.Kind() == reflect.Bool {
			return nil
		}
	case json.Number:
		if json.Unmarshal([]byte(token), reflect.New(t).Interface()) == nil {
			return nil
		}
	case json.Delim:
		switch {
		case token == '{' && t.Kind() == reflect.Struct:
			return b.object(t, at)
		case token == '[' && t.Kind() == reflect.Slice:
			for i := 0; b.More(); i++ {
				if err := b.value(t.Elem(), append(at, strconv.Itoa(i))); err != nil {
					return err
				}
			}
			_, err := b.Token()
			return err
		}
	}
	return malformedAt(at, "has the wrong type, or is a number that is too large")
}

// fieldsByType caches fieldsOf. The spec bounds how many types there are.
var fieldsByType sync.Map

// fieldsOf returns the types of the fields of a struct by their JSON names. Package json would accept these in any letter case.
func fieldsOf(body reflect.Type) map[string]reflect.Type {
	if known, ok := fieldsByType.Load(body); ok {
		return known.(map[string]reflect.Type)
	}
	known := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(body) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = field.Type
	}
	fieldsByType.Store(body, known)
	return known
}
