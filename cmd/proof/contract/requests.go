package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// Requests generates valid and invalid requests from a spec. The same seed gives the same requests.
type Requests struct {
	spec       *openapi3.T
	random     *rand.Rand
	operations []*routers.Route
	tokens     []string
}

// NewRequests returns requests for every operation of the spec, with these tokens.
func NewRequests(spec *openapi3.T, seed uint64, tokens ...string) *Requests {
	r := &Requests{spec: spec, random: rand.New(rand.NewPCG(seed, seed)), tokens: tokens}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			r.operations = append(r.operations,
				&routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: operation})
		}
	}
	slices.SortFunc(r.operations, func(a, b *routers.Route) int {
		return strings.Compare(a.Operation.OperationID, b.Operation.OperationID)
	})
	return r
}

// Next returns a request and the operation that it is for.
func (r *Requests) Next() (*http.Request, *routers.Route) {
	route := one(r, r.operations)
	path, query, header := route.Path, url.Values{}, http.Header{}
	for _, p := range append(route.PathItem.Parameters, route.Operation.Parameters...) {
		value := r.value(p.Value.Schema.Value, p.Value.Example)
		switch p.Value.In {
		case "path":
			path = strings.Replace(path, "{"+p.Value.Name+"}", url.PathEscape(value), 1)
		case "query":
			if r.odds(2) {
				query.Set(p.Value.Name, value)
			}
		case "header":
			if r.odds(2) {
				header.Set(p.Value.Name, value)
			}
		}
	}
	raw := query.Encode()
	if r.odds(40) {
		raw += one(r, []string{"%zz", "&&", ";", "=", "&pageSize=1&pageSize=2", "\x7f"})
	}
	body := ""
	if content := route.Operation.RequestBody; content != nil {
		body = r.body(content.Value.Content["application/json"].Schema.Value)
		header.Set("Content-Type", "application/json")
		if r.odds(30) {
			header.Set("Content-Type", one(r, []string{"", "text/plain", "application/json; charset=latin1", "\x00", "a/b/c"}))
		}
	}
	request := httptest.NewRequest(route.Method, "/", strings.NewReader(body))
	request.URL.RawPath, request.URL.RawQuery = path, raw
	request.URL.Path, _ = url.PathUnescape(path) // escaped above
	request.Header = header
	if !r.odds(20) {
		request.Header.Set("Authorization", "Bearer "+one(r, r.tokens))
	}
	return request, route
}

// hostile are values that have broken other programs.
var hostile = []string{
	"", " ", "\x00", "\xff", "\r\nX: y", "'; DROP TABLE courses; --", "../../etc/passwd", "%00", "a/b", "..", "\u202e", "😀",
	"-1", "0", "1e400", "99999999999999999999", "NaN", "null", "true", "{}", `"`, `"unfinished`, "*", `W/"1.1"`, `"1.1", "2.2"`,
	strings.Repeat("x", 300), strings.Repeat("é", 200),
}

// value returns a value of the schema as text, or one time in twenty a hostile value.
func (r *Requests) value(s *openapi3.Schema, example any) string {
	switch {
	case r.odds(20):
		return one(r, hostile)
	case len(s.Enum) > 0:
		return fmt.Sprint(one(r, s.Enum))
	case s.Type.Is("integer"):
		return fmt.Sprint(one(r, []int{0, 1, 2, 3, 100, 1000, 1001}))
	case s.Type.Is("boolean"):
		return one(r, []string{"true", "false"})
	case example != nil && !r.odds(4):
		return fmt.Sprint(example)
	}
	return one(r, []string{"go-101", "go-101", "2024FA/MATH-101", "ada", "bob", "x", "course_full", "start.js", "*", `"1.1"`})
}

// body returns an object of the schema, or one time in four an invalid body.
func (r *Requests) body(s *openapi3.Schema) string {
	fields, names := r.object(s), slices.Sorted(maps.Keys(s.Properties))
	if r.odds(8) {
		fields[one(r, names)] = one(r, []any{nil, 1, -1, 1.5, true, "", "x", []any{}, map[string]any{}, strings.Repeat("y", 70_000)})
	}
	if r.odds(12) {
		fields["surprise"] = 1
	}
	text, _ := json.Marshal(fields) // all values can be encoded
	if r.odds(10) {
		return one(r, []string{
			"", "{", "[]", "null", `{"a":1}{"b":2}`, "{\"learnerId\":\"\xff\"}", `{"learnerId":"a","learnerId":"b"}`,
			strings.Repeat(`{"a":`, 2000), string(text[:len(text)-1]), string(text) + " x",
		})
	}
	return string(text)
}

// object returns an object with all required fields of the schema and some of the others.
func (r *Requests) object(s *openapi3.Schema) map[string]any {
	fields := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || r.odds(2) {
			fields[name] = r.typed(s.Properties[name].Value)
		}
	}
	return fields
}

// typed returns a value for a field of a body.
func (r *Requests) typed(s *openapi3.Schema) any {
	switch {
	case s.Type.Is("array"):
		items := make([]any, r.random.IntN(4))
		for i := range items {
			items[i] = r.typed(s.Items.Value)
		}
		return items
	case s.Type.Is("object"):
		return r.object(s)
	case s.Type.Is("integer"):
		return one(r, []int{0, 1, 2, 3, 1_000_000_000, 1_000_000_001, -1})
	case s.Type.Is("boolean"):
		return r.odds(2)
	}
	return r.value(s, nil)
}

func (r *Requests) odds(n int) bool { return r.random.IntN(n) == 0 }

func one[T any](r *Requests, from []T) T { return from[r.random.IntN(len(from))] }
