package httpapi_test

import (
	"context"
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// picky is a service that fails the test where the door lets something through that it should have seen.
type picky struct {
	shelf
	t *testing.T
}

func (p picky) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) ([]domain.Course, error) {
	if page.After != "" && page.After.Validate() != nil || page.Limit < 1 || page.Limit > 1001 {
		p.t.Errorf("asked for %+v", page)
	}
	return p.shelf.Courses(ctx, by, page)
}

func (p picky) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	operation, name, found := strings.Cut(commands[0].Key, " ")
	if !found || operation == "" || name == "" || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		p.t.Errorf("the key is %q", commands[0].Key)
	}
	return outcome(ports.Outcome{Standing: seated, Course: courseA})
}

// literal is a service that fails the test where the door passes a replacement character on that was not in the body.
type literal struct {
	httpapi.Service
	t    *testing.T
	body string
}

func (l literal) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	enroll, _ := commands[0].Actions[0].(ports.Enroll)
	if strings.Contains(string(enroll.Learner), "\ufffd") && !strings.Contains(l.body, "\ufffd") &&
		!strings.Contains(strings.ToLower(l.body), `\ufffd`) {
		l.t.Errorf("made %q of %q", enroll.Learner, l.body)
	}
	return outcome(ports.Outcome{Standing: seated, Course: courseA})
}

// Whatever the body, the door never fails by it.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"learnerId":"ada"}`, `{"learnerId":"\ud800"}`, `{"learnerId":"\ufffd"}`, `{"title":"Go","capacity":2,"open":true}`,
		`{"capacity":1e9}`, `{"capacity":1e400}`, `[[[`, `null`, "\xff", `{"a":{"b":[`, `{"learnerId":"a","learnerId":"b"}`,
		`{"reference":"r","course":"c","person":"ada"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		service := literal{t: t, body: body}
		for request, by := range map[string]ports.Actor{
			"POST /v1/courses/c/enrollments": staff, "PUT /v1/courses/c": staff, "POST /courses/c/enrollments": staff,
			"POST /partner/v1/enrollments": {Tenant: "default", Subject: "p", Role: ports.Partner},
		} {
			method, target, _ := strings.Cut(request, " ")
			r := httptest.NewRequest(method, target, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if serve(service, as(by)).ServeHTTP(w, r); w.Code >= 500 {
				t.Errorf("%s: %d %s", request, w.Code, w.Body)
			}
		}
	})
}

// Whatever the page token, encoded or not, the answer is a page or a refusal.
func FuzzPageToken(f *testing.F) {
	for _, seed := range []string{
		"", "~", `{"list":"/v1/courses?","after":"c-00001"}`, `{"list":"/v1/courses/c/enrollments?","after":"3"}`,
		`{"list":"/v1/courses?","after":"\u0000"}`, `{"list":"/v1/courses/c/enrollments?","after":"-9223372036854775809"}`, `[]`, `{"list":1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := serve(picky{newShelf(5), t})
		for _, token := range []string{text, base64.RawURLEncoding.EncodeToString([]byte(text))} {
			for _, list := range []string{"/v1/courses", "/v1/courses/c/enrollments"} {
				r := httptest.NewRequest("GET", list+"?pageToken="+url.QueryEscape(token), nil)
				w := httptest.NewRecorder()
				if s.ServeHTTP(w, r); w.Code != 200 && w.Code != 400 {
					t.Errorf("%s with %q: %d %s", list, token, w.Code, w.Body)
				}
			}
		}
	})
}

// Whatever the key, it reaches the service as one that may be kept, or not at all.
func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{
		"", "k", `"k"`, `"k`, `"a\"b\\c"`, `"k";v=1`, `""`, "k\x00", "\xff", ":YWJj:", "?1", "1.5", `"k", "l"`, strings.Repeat("k", 256),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if key == "" {
			return // no key at all
		}
		s := serve(picky{newShelf(1), t})
		for _, c := range []struct{ method, target, body string }{
			{"POST", "/v1/courses/c/enrollments", `{"learnerId":"ada"}`},
			{"PUT", "/v1/courses/c", `{"title":"Go"}`},
			{"DELETE", "/v1/courses/c/enrollments/ada", ""},
		} {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", key)
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, r); w.Code >= 300 && w.Code != 400 {
				t.Errorf("%s with %q: %d %s", c.method, key, w.Code, w.Body)
			}
		}
	})
}
