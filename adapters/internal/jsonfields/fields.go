// Package jsonfields reads JSON objects of which nothing may be lost that may decide: no name twice, none in another case, and no text
// that package json would replace.
package jsonfields

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // refuses duplicate names, and does not ignore the case of names

	"example.com/roster/adapters/internal/spelling"
	"example.com/roster/domain"
)

// Fields are the fields of a JSON object, by name, each with what it is decoded into, or with the error if it must not be there.
type Fields map[string]any

// Decode reads one JSON object. It refuses half a character, which package json replaces by U+FFFD: otherwise two broken ids could
// become the same id. For an unknown field it returns what unknown returns of its name, and of the known name that it is nearly, or
// empty. After an error, the fields that could be read are decoded.
func (f Fields) Decode(body []byte, unknown func(name, meant string) error) (err error) {
	if !utf8.Valid(body) {
		return invalidBody("must be UTF-8")
	}
	var object map[string]json.RawMessage
	err = json.Unmarshal(body, &object)
	switch {
	case object == nil:
		return invalidBody("must be one JSON object, with nothing after it")
	case err != nil:
		err = invalidBody(fmt.Sprintf("must have each name once: %.100v", err))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if to, ok := f[name]; ok {
			err = cmp.Or(err, decodeField(to, name, object[name]))
		} else {
			err = cmp.Or(err, unknown(name, spelling.Meant(name, slices.Sorted(maps.Keys(f)))))
		}
	}
	return err
}

func decodeField(to any, name string, value json.RawMessage) error {
	switch to := to.(type) {
	case error:
		return to
	case *domain.EnrollmentID:
		if string(value) == `""` {
			return &domain.Violation{Field: name, Detail: "must not be empty; leave it out if there is none"}
		}
		return decodeText((*string)(to), name, value)
	case *bool:
		if text := string(value); text != "true" && text != "false" {
			return &domain.Violation{Field: name, Detail: "must be true or false"}
		}
		*to = value[0] == 't'
	case *[]json.RawMessage:
		if value[0] != '[' || json.Unmarshal(value, to) != nil {
			return &domain.Violation{Field: name, Detail: "must be a list"}
		}
	case *string:
		return decodeText(to, name, value)
	}
	return nil
}

func decodeText(text *string, name string, value json.RawMessage) error {
	var decoded string
	if value[0] != '"' || json.Unmarshal(value, &decoded) != nil {
		return &domain.Violation{Field: name, Detail: "must be a string; leave it out if there is none"}
	}
	if strings.ContainsRune(decoded, utf8.RuneError) && bytes.Contains(value, []byte(`\u`)) {
		return &domain.Violation{Field: name, Detail: `must not have a \u escape that is half a character`}
	}
	*text = decoded
	return nil
}

func invalidBody(detail string) error { return &domain.Violation{Field: "body", Detail: detail} }
