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

// A strictService fails the test if the API passes an invalid page or key on.
type strictService struct {
	catalog
	t *testing.T
}

func (s strictService) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) ([]domain.Course, error) {
	if page.After != "" && page.After.Validate() != nil || page.Limit < 1 || page.Limit > 1001 {
		s.t.Errorf("the page is %+v", page)
	}
	return s.catalog.Courses(ctx, by, page)
}

func (s strictService) LearnerStandings(
	ctx context.Context, by ports.Actor, learner domain.LearnerID, page ports.LearnerPage,
) ([]ports.RankedStanding, error) {
	if page.After != "" && page.After.Validate() != nil || page.Limit < 1 || page.Limit > 1001 {
		s.t.Errorf("the page is %+v", page)
	}
	return s.catalog.LearnerStandings(ctx, by, learner, page)
}

func (s strictService) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	operation, name, found := strings.Cut(commands[0].Key, " ")
	if !found || operation == "" || name == "" || len(name) > 255 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		s.t.Errorf("the key is %q", commands[0].Key)
	}
	return outcome(ports.Outcome{Standing: seated, Course: courseA})
}

// A literalService fails the test if the API passes on a replacement character that was not in the body.
type literalService struct {
	httpapi.Service
	t    *testing.T
	body string
}

func (s literalService) Submit(_ context.Context, commands ...ports.Command) []ports.Reply {
	enroll, _ := commands[0].Actions[0].(ports.Enroll)
	if strings.Contains(string(enroll.Learner), "\ufffd") && !strings.Contains(s.body, "\ufffd") &&
		!strings.Contains(strings.ToLower(s.body), `\ufffd`) {
		s.t.Errorf("%q became %q", s.body, enroll.Learner)
	}
	return outcome(ports.Outcome{Standing: seated, Course: courseA})
}

// No body causes an internal error.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"learnerId":"ada"}`, `{"learnerId":"\ud800"}`, `{"learnerId":"\ufffd"}`, `{"title":"Go","capacity":2,"open":true}`,
		`{"capacity":1e9}`, `{"capacity":1e400}`, `[[[`, `null`, "\xff", `{"a":{"b":[`, `{"learnerId":"a","learnerId":"b"}`,
		`{"reference":"r","course":"c","person":"ada"}`,
		`{"actions":[{"action":"enroll","courseId":"c","learnerId":"\ud800"},{"action":"withdraw","courseId":"c","learnerId":"a","enrollmentId":"e"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		service := literalService{t: t, body: body}
		for request, by := range map[string]ports.Actor{
			"POST /v1/courses/c/enrollments": staff, "POST /v1/commands": staff, "PUT /v1/courses/c": staff, "POST /courses/c/enrollments": staff,
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

// Every page token, encoded or not, is answered with a page or a refusal.
func FuzzPageToken(f *testing.F) {
	for _, seed := range []string{
		"", "~", `{"list":"/v1/courses?","after":"c-00001"}`, `{"list":"/v1/courses/c/enrollments?","after":"3"}`,
		`{"list":"/v1/learners/ada/enrollments?","after":"c-00001"}`, `{"list":"/v1/learners/ada/enrollments?","after":" c"}`,
		`{"list":"/v1/courses?","after":"\u0000"}`, `{"list":"/v1/courses/c/enrollments?","after":"-9223372036854775809"}`, `[]`, `{"list":1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := serve(strictService{newCatalog(5), t})
		for _, token := range []string{text, base64.RawURLEncoding.EncodeToString([]byte(text))} {
			for _, list := range []string{"/v1/courses", "/v1/courses/c/enrollments", "/v1/learners/ada/enrollments"} {
				r := httptest.NewRequest("GET", list+"?pageToken="+url.QueryEscape(token), nil)
				w := httptest.NewRecorder()
				if s.ServeHTTP(w, r); w.Code != 200 && w.Code != 400 {
					t.Errorf("%s with %q: %d %s", list, token, w.Code, w.Body)
				}
			}
		}
	})
}

// Every key reaches the service as a valid key or not at all.
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
		s := serve(strictService{newCatalog(1), t})
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
