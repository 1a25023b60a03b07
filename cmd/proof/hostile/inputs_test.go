package hostile_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/roster/domain"
)

// An input is one text input of one operation. send fills in the rest of a request that is accepted.
type input struct {
	name  string
	send  func(s server, text string) *httptest.ResponseRecorder
	legal func(text string) bool
}

// members are accepted values by name of a body member. The accepted value of a parameter is its example.
var members = map[string]string{
	"learnerId": `"ada"`, "courseId": `"go-101"`, "title": `"Go"`, "capacity": `1000000`, "open": `true`, "waitlistEnabled": `true`,
	"reference": `"r-1"`,
}

// partnerNames are the names of members in a partner's request, with those that other requests have for the same.
var partnerNames = map[string]string{"reference": "reference", "course": "courseId", "person": "learnerId"}

// legal reports whether the domain accepts a text, by input. The entry point alone decides on an input that is not listed.
var legal = map[string]func(string) bool{
	"action":          func(s string) bool { return s == "enroll" || s == "withdraw" },
	"seatOnly":        func(string) bool { return false },
	"courseId":        func(s string) bool { return domain.CourseID(s).Validate() == nil },
	"title":           func(s string) bool { return domain.Settings{Title: &s}.Validate() == nil },
	"capacity":        func(string) bool { return false }, // a string is no number
	"open":            func(s string) bool { return s == "true" || s == "0" },
	"status":          func(string) bool { return false },
	"learnerId":       func(s string) bool { return domain.LearnerID(s).ValidateNew() == nil },
	"waitlistEnabled": func(string) bool { return false },
}

// refused matches the inputs for which the list has no string that is accepted, or only in the long form.
var refused = regexp.MustCompile(` (?:name \w+|(?:body|path|query) (?:open|actions|file|code|pageToken|enrollmentId))$` +
	`|^DELETE \S+ query unknown$|^(?:POST|PUT) \S+ header Content-(?:Type|Encoding)$|^PUT \S+ header If-(?:None-)?Match$` +
	`|^POST /courses/\S+ header Idempotency-Key$`) // the key has a reply on the path with a version, for another course

// headers are those that any request may have. The short form tries them on one operation that reads and one that writes, since all
// operations treat them alike.
var headers = []string{
	"X-Correlation-ID", "traceparent", "tracestate", "baggage", "Authorization", "Content-Type", "Content-Encoding", "Accept",
	"Accept-Encoding", "Accept-Language", "Cookie", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP",
	"X-HTTP-Method-Override", "Origin", "Referer", "User-Agent", "Range", "If-Modified-Since", "Prefer",
}

// inputs returns every input of every operation of the spec.
func inputs(t testing.TB, doc *openapi3.T) []input {
	t.Helper()
	var found []input
	for _, path := range slices.Backward(slices.Sorted(maps.Keys(doc.Paths.Map()))) {
		item := doc.Paths.Value(path)
		for method, operation := range item.Operations() {
			r := request{method: method, path: path, parameters: map[string]string{}, body: bodyOf(operation), item: itemOf(operation)}
			for _, p := range slices.Concat(item.Parameters, operation.Parameters) {
				r.parameters[p.Value.Name] = fmt.Sprint(p.Value.Example)
				found = append(found, r.in(p.Value.In, p.Value.Name))
			}
			for name := range r.body {
				found = append(found, r.in("body", name), r.in("name", name))
			}
			for name := range r.item {
				found = append(found, r.in("item", name))
			}
			if long || operation.OperationID == "listCourses" || operation.OperationID == "enroll" {
				for _, name := range headers {
					found = append(found, r.in("header", name))
				}
			}
			found = append(found, r.in("query", "unknown"))
		}
	}
	if len(found) < 90 {
		t.Fatalf("only %d inputs", len(found))
	}
	return found
}

func bodyOf(o *openapi3.Operation) map[string]string {
	body := map[string]string{}
	if o.RequestBody != nil {
		content := o.RequestBody.Value.Content.Get("application/json")
		example, _ := content.Example.(map[string]any)
		for name := range content.Schema.Value.Properties {
			if body[name] = members[cmp.Or(partnerNames[name], name)]; body[name] == "" {
				value, _ := json.Marshal(example[name]) // it was read from JSON
				body[name] = string(value)
			}
		}
	}
	return body
}

// itemOf returns the first item of the list that is the body's only member, as in the example; nil if the body is none.
func itemOf(o *openapi3.Operation) map[string]string {
	var body map[string][]map[string]json.RawMessage
	if o.RequestBody == nil {
		return nil
	}
	example, _ := json.Marshal(o.RequestBody.Value.Content.Get("application/json").Example) // it was read from JSON
	if json.Unmarshal(example, &body) != nil {
		return nil
	}
	item := map[string]string{}
	for _, items := range body {
		for name, value := range items[0] {
			item[name] = string(value)
		}
	}
	item["courseId"] = `"go-101"` // it exists
	return item
}

// A request is one that is accepted, with one input replaced.
type request struct {
	method, path string
	parameters   map[string]string
	body, item   map[string]string
}

func (r request) in(location, name string) input {
	in := input{name: r.method + " " + r.path + " " + location + " " + name, legal: func(string) bool { return true }}
	if check, ok := legal[cmp.Or(partnerNames[name], name)]; ok && location != "name" && location != "header" {
		in.legal = check
	}
	if location == "path" && name == "learnerId" { // ids stored with outer white space stay reachable
		in.legal = func(s string) bool { return domain.LearnerID(s).Validate() == nil }
	}
	prepared := map[string]bool{}
	in.send = func(s server, text string) *httptest.ResponseRecorder {
		r := r.prepare(s, prepared, in.name, location, name, text)
		path, body, query, header := r.path, maps.Clone(r.body), "", []string(nil)
		switch location {
		case "path":
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text))
		case "query":
			query = "?" + name + "=" + url.QueryEscape(text)
		case "header":
			header = []string{name, text}
		case "body":
			body[name] = quote(text)
		case "item":
			r.item[name] = quote(text)
		case "name":
			body[text] = body[name]
			delete(body, name)
		}
		if r.item != nil && location != "body" {
			for list := range body {
				body[list] = "[" + object(r.item) + "]"
			}
		}
		for name, value := range r.parameters {
			path = strings.ReplaceAll(path, "{"+name+"}", value)
		}
		return s.ask(r.method, path+query, object(body), header...)
	}
	return in
}

var learners atomic.Int64

// prepare returns the request with the course of its input, and a learner of its own unless it only reads, so that no earlier request
// decides about them. It creates the course, and enrolls a learner who is in the path, if they are not in prepared.
func (r request) prepare(s server, prepared map[string]bool, course, location, name, text string) request {
	learner := "reader"
	if r.method != "GET" {
		learner = fmt.Sprint("l-", learners.Add(1))
	}
	values := map[string]string{"courseId": course, "learnerId": learner, "reference": learner}
	replace := func(members map[string]string, form func(string) string) map[string]string {
		members = maps.Clone(members)
		for member := range members {
			if value, ok := values[cmp.Or(partnerNames[member], member)]; ok {
				members[member] = form(value)
			}
		}
		return members
	}
	r.body, r.item, r.parameters = replace(r.body, quote), replace(r.item, quote), replace(r.parameters, url.PathEscape)
	if location != "header" && location != "query" {
		values[cmp.Or(partnerNames[name], name)] = text
	}
	once := func(method, path, body string) {
		if what := path + body; !prepared[what] {
			prepared[what] = true
			s.ask(method, path, body)
		}
	}
	path := "/v1/courses/" + url.PathEscape(values["courseId"])
	once("PUT", path, `{"title":"Go","capacity":1000000}`)
	if r.parameters["learnerId"] != "" {
		once("POST", path+"/enrollments", `{"learnerId":`+quote(values["learnerId"])+`}`)
	}
	return r
}

func object(members map[string]string) string {
	if len(members) == 0 {
		return ""
	}
	var parts []string
	for name, value := range members {
		parts = append(parts, quote(name)+":"+value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}
