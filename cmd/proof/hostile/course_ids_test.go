package hostile_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// courseIDs are course ids as schools have them, and ids that a careless router takes for another path.
var courseIDs = []string{
	"2024FA/MATH-101", "CS 115 (A)", "course-v1:MITx+6.00.1x+2T2024", "453c1c1.S1.592", "Größe 1/2", "a%2Fb", "a%252Fb", "a//b", "/a", "a/",
	"../go-101", "go-101/..", "a/../go-101", "./go-101", "go-101/enrollments", "go-101/enrollments/ada", "...", "..a", "a?b=c#d", "a;b,c&d=e",
	`a\b`, `<a href="x">`, "{courseId}", ":courseId", "*", "%", "%zz", "+", "~", strings.Repeat("é", 127), strings.Repeat("/", 255),
}

// enrolling are the beginnings of the paths that enroll in a course.
var enrolling = []string{
	"/v1/courses/",
	"/courses/",
}

// A legal course id is stored byte for byte. Each link to the course leads to it, and the id is that of the course in every path and body.
func TestCourseIDsInEveryLink(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		created := map[string]bool{"go-101": true}
		for i, id := range slices.Concat(courseIDs, hostile(t)) {
			if created[id] || !long && i >= len(courseIDs) && i%4 != 0 {
				continue
			}
			course := "/v1/courses/" + url.PathEscape(id)
			legal := domain.CourseID(id).Validate() == nil
			got := s.ask("PUT", course, `{"title":"T","capacity":9}`)
			if !legal {
				if got.Code < 400 || got.Code >= 500 {
					t.Errorf("%.60q: %d %.200s", id, got.Code, got.Body)
				}
				continue
			}
			if created[id] = true; got.Code != 201 || got.Header().Get("Location") != course {
				t.Fatalf("%q: %d at %q, %s", id, got.Code, got.Header().Get("Location"), got.Body)
			}
			for _, path := range enrolling {
				got = s.ask("POST", path+url.PathEscape(id)+"/enrollments", fmt.Sprintf(`{"learnerId":"of %s"}`, path))
				at := course + "/enrollments/" + url.PathEscape("of "+path)
				if got.Code != 201 || got.Header().Get("Location") != at {
					t.Fatalf("POST %s for %q: %d at %q, %s", path, id, got.Code, got.Header().Get("Location"), got.Body)
				}
				if returned := member(t, s.ask("GET", at, "").Body.Bytes(), "courseId"); returned != id {
					t.Errorf("%s leads to %q", at, returned)
				}
			}
			if links := strings.Join(got.Header()["Link"], " "); !strings.Contains(links, "<"+course+`/enrollments>; rel="successor-version"`) {
				t.Errorf("the successor of the first path for %q is %s", id, links)
			}
			if seen := s.walk(t, course+"/enrollments?pageSize=1", "courseId"); len(seen) != len(enrolling) || seen[0] != id {
				t.Errorf("the pages of %q have %q", id, seen)
			}
			missing := course + "/enrollments/none"
			if instance := member(t, s.ask("DELETE", missing, "").Body.Bytes(), "instance"); instance != missing {
				t.Errorf("the instance is %s, want %s", instance, missing)
			}
			tag := s.ask("GET", course, "").Header().Get("ETag")
			if got := s.ask("GET", course, "", "If-None-Match", tag); tag == "" || got.Code != 304 {
				t.Errorf("%q with its ETag %s: %d", id, tag, got.Code)
			}
		}
		if seen := s.walk(t, "/v1/courses?pageSize=7", "courseId"); len(seen) != len(created) {
			t.Errorf("the pages have %d courses, want %d", len(seen), len(created))
		}
		s.mustCheck(t)
	})
}

// walk follows the links of a list from page to page, and returns a member of each item.
func (s server) walk(t *testing.T, target, name string) (values []string) {
	t.Helper()
	items := regexp.MustCompile(`"` + name + `":("(?:[^"\\]|\\.)*")`)
	for pages := 0; target != ""; pages++ {
		got := s.ask("GET", target, "")
		if got.Code != 200 || pages > 1000 {
			t.Fatalf("%s: page %d is %d %s", target, pages, got.Code, got.Body)
		}
		for _, found := range items.FindAllStringSubmatch(got.Body.String(), -1) {
			values = append(values, member(t, []byte(`{"v":`+found[1]+`}`), "v"))
		}
		target = strings.TrimSuffix(strings.TrimPrefix(got.Header().Get("Link"), "<"), `>; rel="next"`)
	}
	return values
}

// An id that is encoded twice, or not at all, is not the id.
func TestCourseIDsAreDecodedOnce(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		if got := s.ask("PUT", "/v1/courses/2024FA%2FMATH-101", `{"title":"T","capacity":9}`); got.Code != 201 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
		for path, code := range map[string]string{
			"/v1/courses/2024FA%2fMATH-101": "", "/v1/courses/2024F%41%2FMATH%2D101": "",
			"/v1/courses/2024FA/MATH-101": "not_found", "/v1/courses/2024FA%252FMATH-101": "course_not_found",
			"/v1/courses/2024FA%25252FMATH-101": "course_not_found", "/v1/courses/x%2F..%2F2024FA%2FMATH-101": "course_not_found",
			"/v1/courses/2024FA%5CMATH-101": "course_not_found", "/v1/courses/2024FA%2FMATH-101%2F": "course_not_found",
			"/v1/courses/go-101%2F..%2F2024FA%2FMATH-101": "course_not_found", "/v1%2Fcourses/2024FA%2FMATH-101": "not_found",
			"/v1/courses/go-101%2Fenrollments": "course_not_found", "/v1/courses/go-101%2Fenrollments/ada": "not_found",
			"/v1/courses/.": "invalid_argument", "/v1/courses/%2E": "invalid_argument", "/v1/courses/..": "invalid_argument",
			"/v1/courses/%2e.": "invalid_argument", "/v1/courses/%20go-101": "invalid_argument", "/v1/courses/go-101%E2%80%83": "invalid_argument",
			"/v1/courses/" + strings.Repeat("%2F", 256): "invalid_argument", "/v1/courses/" + strings.Repeat("%C3%A9", 128): "invalid_argument",
		} {
			got := s.ask("GET", path, "")
			if have := member(t, got.Body.Bytes(), "code"); have != code {
				t.Errorf("%s: %q, want %q", path, have, code)
			}
		}
	})
}

// A new standing has no outer white space. One that was stored with it before can be read and withdrawn from.
func TestStoredIDsWithWhiteSpaceStayReachable(t *testing.T) {
	t.Parallel()
	onStores(t, func(t *testing.T, s server) {
		const learner, enrollments = " ada\u00a0", "/v1/courses/go-101/enrollments"
		got := s.ask("POST", enrollments, `{"learnerId":`+quote(learner)+`}`)
		if text := got.Body.String(); got.Code != 422 || !strings.Contains(text, "must not begin or end with white space") ||
			!strings.Contains(text, `"pointer":"/learnerId"`) {
			t.Errorf("enroll: %d %s", got.Code, text)
		}
		need := ports.Need{Tenant: staff.Tenant, Courses: []ports.NeedCourse{{ID: "go-101", Learners: []domain.LearnerID{learner}}}}
		if err := s.store.Update(t.Context(), need, func(loaded ports.Loaded) (ports.Changes, error) {
			r := loaded.Rosters[0]
			enrolled, err := r.Enroll(learner, "e-1", false, time.Now().UTC().Truncate(time.Microsecond))
			return ports.Changes{
				Courses: []domain.Course{r.Course}, Standings: []domain.Standing{enrolled.Standing},
				Journal: []ports.Entry{{ID: "01890a5d-ac96-774b-bcce-b302099a8057", Correlation: "c-1", Event: enrolled.Events[0]}},
			}, err
		}); err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"GET", "DELETE"} {
			got := s.ask(method, enrollments+"/"+url.PathEscape(learner), "")
			if id := member(t, got.Body.Bytes(), "learnerId"); got.Code != 200 || id != learner {
				t.Errorf("%s: %d %s", method, got.Code, got.Body)
			}
		}
		s.mustCheck(t)
	})
}
