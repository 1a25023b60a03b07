package hostile_test

import (
	"bytes"
	"compress/gzip"
	"net/http/httptest"
	"strings"
	"testing"
)

// bodies returns bodies that no operation accepts, with the status of the refusal.
func bodies() map[string]int {
	deep := func(open, close string, n int) string { return strings.Repeat(open, n) + strings.Repeat(close, n) }
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 10<<20))
	_ = z.Close()
	return map[string]int{
		" ": 400, "\n": 400, "\x00": 400, "\ufeff{}": 400, "null": 400, "true": 400, "false": 400, "0": 400, "1e5": 400, `""`: 400,
		`"{}"`: 400, "[]": 400, "[{}]": 400, "[null]": 400, "{": 400, "}": 400, "{}}": 400, "{} {}": 400, "{}\x00": 400, "{},": 400,
		"{,}": 400, `{"a"}`: 400, `{"a":}`: 400, `{:1}`: 400, `{a:1}`: 400, `{'a':1}`: 400, `{"a":1,}`: 400, `{"a":1 "b":2}`: 400,
		`{"a":01}`: 400, `{"a":+1}`: 400, `{"a":.5}`: 400, `{"a":1.}`: 400, `{"a":1e}`: 400, `{"a":0x10}`: 400, `{"a":NaN}`: 400,
		`{"a":Infinity}`: 400, `{"a":-}`: 400, `{"a":undefined}`: 400, `{"a":True}`: 400, `{"a":"x}`: 400, `{"a":"\x"}`: 400,
		`{"a":"\u12"}`: 400, `{"a":"\ud800"}`: 400, "{\"a\":\"\n\"}": 400, "{\"a\":\"\x01\"}": 400, "{\"a\":\"\xff\"}": 400,
		"{\"\xff\":1}": 400, `{"":1}`: 400, `{"a":1}`: 400, `{"a":null}`: 400, `{"__proto__":{}}`: 400, `{"constructor":1}`: 400,
		`{"$ref":"#/"}`: 400, `{"a":1,"a":1}`: 400, `{"a":1,"\u0061":2}`: 400, `{"a":/* */1}`: 400, "{} // end": 400, "#\n{}": 400,
		"<a/>": 400, "a=b&c=d": 400, "--- \na: b": 400, "%7B%7D": 400, `{"tenant":"other"}`: 400, `{"role":"staff"}`: 400,
		deep("[", "]", 9_000): 400, deep("[", "]", 30_000): 400, deep(`{"a":`, "}", 9_000): 400, deep("[", "", 60_000): 400,
		`{"a":` + strings.Repeat("9", 60_000) + `}`: 400, `{"a":1e` + strings.Repeat("9", 50_000) + `}`: 400,
		"{" + strings.Repeat(`"a":1,`, 10_000) + `"a":1}`: 400, strings.Repeat(`"`, 60_000): 400, strings.Repeat("\\", 60_000): 400,
		`{"a":"` + strings.Repeat(`\u0000`, 10_000) + `"}`: 400, zipped.String(): 400,
		strings.Repeat(" ", 64<<10) + "{}": 413, `{"a":"` + strings.Repeat("a", 1<<20) + `"}`: 413, strings.Repeat("[", 1<<20): 413,
	}
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		if n := len(bodies()); n < 60 {
			t.Fatalf("only %d bodies", n)
		}
		for _, operation := range writers {
			method, path, _ := strings.Cut(operation, " ")
			for body, status := range bodies() {
				got := s.ask(method, path, body)
				wellFormed(t, operation, got)
				if got.Code != status {
					t.Errorf("%s with %.60q: %d, want %d: %s", operation, body, got.Code, status, got.Body)
				}
			}
		}
		s.mustCheck(t)
		if got := s.ask("GET", "/v1/courses/go-101/enrollments", "").Body.String(); strings.TrimSpace(got) != `{"items":[]}` {
			t.Errorf("a malformed body enrolled a learner: %s", got)
		}
	})
}

// A body of another media type or encoding is refused.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		for _, operation := range writers {
			method, path, _ := strings.Cut(operation, " ")
			for _, media := range []string{
				"", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
				"application/json; charset=utf-16", "application/json; charset=utf-7", "application/json, text/plain", "*/*",
				"application/merge-patch+json", "application/json; charset", "application/\x00json", strings.Repeat("a/", 4_000),
			} {
				got := s.ask(method, path, object(members), "Content-Type", media)
				if wellFormed(t, operation+" as "+media, got); got.Code != 415 {
					t.Errorf("%s as %.60q: %d", operation, media, got.Code)
				}
			}
			if got := s.ask(method, path, object(members), "Content-Encoding", "gzip"); got.Code != 415 {
				t.Errorf("%s compressed: %d", operation, got.Code)
			}
		}
	})
}

// writers are the operations that take a body.
var writers = []string{
	"POST /v1/courses/go-101/enrollments", "PUT /v1/courses/go-101", "POST /v1/commands",
	"POST /partner/v1/enrollments",
	"POST /courses/go-101/enrollments",
}

// A header, a parameter of the query or a member of the body that names another method changes nothing.
func TestMethodsAreNotOverridden(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		const ada = "/v1/courses/go-101/enrollments/ada"
		if got := s.ask("POST", "/v1/courses/go-101/enrollments", `{"learnerId":"ada"}`); got.Code != 201 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
			for _, as := range []struct {
				method string
				got    *httptest.ResponseRecorder
			}{
				{"GET", s.ask("GET", ada+"?_method=DELETE&method=DELETE", "", header, "DELETE")},
				{"POST", s.ask("POST", ada, "", header, "DELETE")},
			} {
				if want := map[string]int{"GET": 200, "POST": 405}[as.method]; as.got.Code != want {
					t.Errorf("%s with %s: %d, want %d", as.method, header, as.got.Code, want)
				}
			}
		}
		if got := member(t, s.ask("GET", ada, "").Body.Bytes(), "status"); got != "enrolled" {
			t.Errorf("ada is %s", got)
		}
	})
}
