package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// get sends a request that the spec need not know, because its path is below a base path.
func get(h http.Handler, method, target string, headers ...string) response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	return response{w.Code, w.Header(), string(body)}
}

// With a base path, every path works with it and without it, and every link of an answer begins with it.
func TestBasePath(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(_ any, c ...ports.Command) []ports.Reply {
		if put, ok := c[0].Actions[0].(ports.PutCourse); ok {
			return outcome(ports.Outcome{Created: true, Course: domain.Course{ID: put.Course, Revision: 1}})
		}
		return outcome(ports.Outcome{Standing: seated})
	})
	service.EXPECT().Courses(gomock.Any(), gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(_, _ any, p ports.CoursePage) ([]domain.Course, error) {
		return newCatalog(p.Limit).courses, nil
	})
	s := serve(service, httpapi.WithBasePath("/school/roster"), httpapi.WithClock(&manualClock{now: noon}))
	for _, prefix := range []string{"", "/school/roster"} {
		for _, c := range []struct {
			method, path, body string
			status             int
			header             string
			want               []string // in the header, or in the body
		}{
			{"GET", "/healthz", "", 200, "", []string{`"ok"`}},
			{"GET", "/", "", 200, "", []string{`href="/school/roster/docs"`, `href="/school/roster/openapi.json"`}},
			{"GET", "/openapi.json", "", 200, "", []string{`"servers":[{"url":"/school/roster"}]`}},
			{"GET", "/docs/start.js", "", 200, "", []string{"openapi.json"}},
			{"GET", "/problems/course_full", "", 200, "", []string{`"type":"/school/roster/problems/course_full"`}},
			{"GET", "/nothing%20here", "", 404, "", []string{`"type":"/school/roster/problems/not_found"`, `"instance":"/school/roster/nothing%20here"`}},
			{"PUT", "/v1/courses/a-b", `{"title":"T","capacity":1}`, 201, "Location", []string{"/school/roster/v1/courses/a-b"}},
			{"PUT", "/v1/courses/2024FA%2FMATH-101", `{"title":"T","capacity":1}`, 201, "Location", []string{"/school/roster/v1/courses/2024FA%2FMATH-101"}},
			{"GET", "/v1/courses%2Fa", "", 404, "", []string{`"instance":"/school/roster/v1/courses%2Fa"`}},
			{"POST", "/v1/courses/go-101/enrollments", `{"learnerId":"a/da %"}`, 201, "Location", []string{"/school/roster/v1/courses/go-101/enrollments/a%2Fda%20%25"}},
			{"GET", "/v1/courses?pageSize=1", "", 200, "Link", []string{"</school/roster/v1/courses?pageSize=1&pageToken="}},
			{"POST", "/courses/go-101/enrollments", `{"learnerId":"ada"}`, 201, "Link", []string{"</school/roster/docs>", "</school/roster/v1/courses/go-101/enrollments>"}},
			{"POST", "/courses/CS%20115%20(A)%2F1/enrollments", `{"learnerId":"ada"}`, 201, "Link",
				[]string{"</school/roster/v1/courses/CS%20115%20%28A%29%2F1/enrollments>"}},
		} {
			r := httptest.NewRequest(c.method, prefix+c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			text := w.Body.String()
			if c.header != "" {
				text = strings.Join(w.Header()[c.header], "\n")
			}
			for _, want := range c.want {
				if w.Code != c.status || !strings.Contains(text, want) {
					t.Errorf("%s %s%s: %d %q, want %d with %s", c.method, prefix, c.path, w.Code, text, c.status, want)
				}
			}
		}
	}
	for _, outside := range []string{"/school/rosterx/healthz", "/school/healthz", "/school/roster/school/roster/healthz", "/school/roster%2Fhealthz", "/school%2Froster/healthz"} {
		if got := get(s, "GET", outside); got.status != 404 {
			t.Errorf("%s: %d, want 404", outside, got.status)
		}
	}
}

func TestValidBasePathAndOrigin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"/x": true, "/a/b-c/~d.e": true, "": false, "/": false, "x": false, "/x/": false, "//x": false, "/x//y": false, "/x/../y": false, "/.": false,
		"/v1x": true, "/roster/v1": true, "/v1": false, "/v1/x": false, "/healthz": false, "/docs/x": false, "/a%20b": false, "/a b": false, "/x?y": false, "/x#y": false, "https://host/x": false,
	} {
		if got := httpapi.ValidBasePath(text); got != want {
			t.Errorf("base path %q: %t", text, got)
		}
	}
	for _, route := range httpapi.New(nil).Routes() {
		_, path, _ := strings.Cut(route, " /")
		first, _, _ := strings.Cut(path, "/")
		if got := httpapi.ValidBasePath("/" + first); got {
			t.Errorf("base path /%s, as in %s, is valid", first, route)
		}
	}
	for text, want := range map[string]bool{
		"https://school.example": true, "http://127.0.0.1:3000": true, "http://[::1]:3000": true, "https://school.example:8443": true,
		"": false, "*": false, "null": false, "https://*": false, "https://*.school.example": false, "school.example": false,
		"https://school.example/": false, "https://school.example/page": false, "https://School.example": false, "https://school.example:443": false,
		"http://school.example:80": false, "https://me@school.example": false, "ftp://school.example": false, "https://": false, "https://:443": false,
	} {
		if got := httpapi.ValidOrigin(text); got != want {
			t.Errorf("origin %q: %t", text, got)
		}
	}
}
