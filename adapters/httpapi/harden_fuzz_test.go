package httpapi_test

import (
	"context"
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// picky is a service that fails the test where the door lets something through that it should have seen.
type picky struct {
	shelf
	t *testing.T
}

func (p picky) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) ([]domain.Course, error) {
	if page.After != "" && page.After.Check() != nil || page.Limit < 1 || page.Limit > 1001 {
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
