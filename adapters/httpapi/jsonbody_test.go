package httpapi_test

import (
	"encoding/base64"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/golang/mock/gomock"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// If the connection breaks within a body, what has arrived of it counts for nothing.
func TestIncompleteBodyIsRefused(t *testing.T) {
	t.Parallel()
	body := io.MultiReader(strings.NewReader(`{"learnerId":"ada"}`), iotest.ErrReader(io.ErrUnexpectedEOF))
	r, w := httptest.NewRequest("POST", "/v1/courses/go-101/enrollments", body), httptest.NewRecorder()
	r.Header.Set("Content-Type", "application/json")
	serve(mocked(t)).ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "the body is incomplete") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A body that is slower than the timeout may arrive the next time: the same request may be sent again.
func TestSlowBodyMayBeSentAgain(t *testing.T) {
	t.Parallel()
	body := io.MultiReader(strings.NewReader(`{"learnerId":`), iotest.ErrReader(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}))
	r, w := httptest.NewRequest("POST", "/v1/courses/go-101/enrollments", body), httptest.NewRecorder()
	r.Header.Set("Content-Type", "application/json")
	serve(mocked(t)).ServeHTTP(w, r)
	if w.Code != 503 || !strings.Contains(w.Body.String(), `"code":"unavailable"`) || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// No malformed request reaches the service: the mock would fail.
func TestMalformedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	const enroll, course = "POST /v1/courses/go-101/enrollments", "PUT /v1/courses/go-101"
	token := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	for _, c := range []struct {
		name    string
		request string
		body    string
		headers []string
		status  int
		code    domain.Kind
		pointer string
	}{
		{"not JSON", enroll, `learnerId=ada`, nil, 400, "malformed_request", ""},
		{"cut short", enroll, `{"learnerId":"ada"`, nil, 400, "malformed_request", ""},
		{"blank", enroll, "  \n", nil, 400, "malformed_request", ""},
		{"array", enroll, `[{"learnerId":"ada"}]`, nil, 400, "malformed_request", ""},
		{"string", enroll, `"ada"`, nil, 400, "malformed_request", ""},
		{"null", enroll, `null`, nil, 400, "malformed_request", ""},
		{"number", enroll, `1`, nil, 400, "malformed_request", ""},
		{"trailing bytes", enroll, `{"learnerId":"ada"} x`, nil, 400, "malformed_request", ""},
		{"second object", enroll, `{"learnerId":"ada"}{"learnerId":"bob"}`, nil, 400, "malformed_request", ""},
		{"trailing comma", enroll, `{"learnerId":"ada",}`, nil, 400, "malformed_request", ""},
		{"comment", enroll, `{/* the learner */"learnerId":"ada"}`, nil, 400, "malformed_request", ""},
		{"single quotes", enroll, `{'learnerId':'ada'}`, nil, 400, "malformed_request", ""},
		{"byte order mark", enroll, "\ufeff" + `{"learnerId":"ada"}`, nil, 400, "malformed_request", ""},
		{"raw control character", enroll, "{\"learnerId\":\"a\x01\"}", nil, 400, "malformed_request", ""},
		{"not UTF-8", enroll, "{\"learnerId\":\"a\xff\"}", nil, 400, "malformed_request", ""},
		{"half of a surrogate pair", enroll, `{"learnerId":"a\ud800"}`, nil, 400, "malformed_request", ""},
		{"half a pair beside text like an escape", enroll, `{"learnerId":"\udc00 \\ufffd"}`, nil, 400, "malformed_request", ""},
		{"not UTF-8 beside U+FFFD", enroll, "{\"learnerId\":\"\xff\ufffd\"}", nil, 400, "malformed_request", ""},
		{"unknown name", enroll, `{"learnerId":"ada","course":"x"}`, nil, 400, "malformed_request", "/course"},
		{"unknown name with an object", enroll, `{"a/~b":{"c":[1,2]}}`, nil, 400, "malformed_request", "/a~1~0b"},
		{"name in another letter case", enroll, `{"LearnerID":"ada"}`, nil, 400, "malformed_request", "/LearnerID"},
		{"empty name", enroll, `{"":"ada"}`, nil, 400, "malformed_request", ""},
		{"duplicate name", enroll, `{"learnerId":"ada","learnerId":"ada"}`, nil, 400, "malformed_request", "/learnerId"},
		{"duplicate name, once escaped", enroll, `{"learnerId":"ada","learnerI\u0064":"bob"}`,
			nil, 400, "malformed_request", "/learnerId"},
		{"null value", enroll, `{"learnerId":null}`, nil, 400, "malformed_request", "/learnerId"},
		{"learner a number", enroll, `{"learnerId":7}`, nil, 400, "malformed_request", "/learnerId"},
		{"learner an object", enroll, `{"learnerId":{"id":"ada"}}`, nil, 400, "malformed_request", "/learnerId"},
		{"deep", enroll, `{"learnerId":` + strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000) + `}`, nil,
			400, "malformed_request", ""},
		{"deep, but not too deep", enroll, strings.Repeat(`{"learnerId":`, 50) + "1" + strings.Repeat("}", 50), nil,
			400, "malformed_request", "/learnerId"},
		{"too large", enroll, `{"learnerId":"` + strings.Repeat("a", 64<<10) + `"}`, nil, 413, "payload_too_large", ""},
		{"too large, with blanks", enroll, `{}` + strings.Repeat(" ", 64<<10), nil, 413, "payload_too_large", ""},
		{"form", enroll, `learnerId=ada`,
			[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""},
		{"no media type", enroll, `{"learnerId":"ada"}`, []string{"Content-Type", ""}, 415, "unsupported_media_type", ""},
		{"text", enroll, `{"learnerId":"ada"}`, []string{"Content-Type", "text/json"}, 415, "unsupported_media_type", ""},
		{"malformed media type", enroll, `{}`,
			[]string{"Content-Type", "application/json; charset"}, 415, "unsupported_media_type", ""},
		{"other charset", enroll, `{}`,
			[]string{"Content-Type", "application/json; charset=latin1"}, 415, "unsupported_media_type", ""},
		{"compressed", enroll, `{}`, []string{"Content-Encoding", "gzip"}, 415, "unsupported_media_type", ""},
		{"staff names no learner", enroll, `{}`, nil, 422, "invalid_argument", "/learnerId"},
		{"staff, no body", enroll, ``, nil, 422, "invalid_argument", "/learnerId"},

		{"put, no body", course, ``, nil, 400, "malformed_request", ""},
		{"capacity a string", course, `{"title":"Go","capacity":"2"}`, nil, 400, "malformed_request", "/capacity"},
		{"capacity a fraction", course, `{"title":"Go","capacity":2.5}`, nil, 400, "malformed_request", "/capacity"},
		{"capacity beyond 64 bits", course, `{"title":"Go","capacity":99999999999999999999}`,
			nil, 400, "malformed_request", "/capacity"},
		{"title a number", course, `{"title":1}`, nil, 400, "malformed_request", "/title"},
		{"open a string", course, `{"open":"yes"}`, nil, 400, "malformed_request", "/open"},
		{"put of a read-only field", course, `{"title":"Go","seatsTaken":0}`, nil, 400, "malformed_request", "/seatsTaken"},
		{"If-Match without quotes", course, `{}`, []string{"If-Match", `3.17`}, 412, "precondition_failed", ""},
		{"If-Match weak", course, `{}`, []string{"If-Match", `W/"3.17"`}, 412, "precondition_failed", ""},
		{"If-Match of two", course, `{}`, []string{"If-Match", `"3.17", "4.18"`}, 412, "precondition_failed", ""},
		{"If-Match with revision zero", course, `{}`, []string{"If-Match", `"0.17"`}, 412, "precondition_failed", ""},
		{"If-Match invalid", course, `{}`, []string{"If-Match", `"abc"`}, 412, "precondition_failed", ""},
		{"If-Match incomplete", course, `{}`, []string{"If-Match", `"3"`}, 412, "precondition_failed", ""},
		{"If-Match padded", course, `{}`, []string{"If-Match", `"03.17"`}, 412, "precondition_failed", ""},

		{"page size zero", "GET /v1/courses?pageSize=0", ``, nil, 400, "malformed_request", "/pageSize"},
		{"page size negative", "GET /v1/courses?pageSize=-1", ``, nil, 400, "malformed_request", "/pageSize"},
		{"page size a word", "GET /v1/courses?pageSize=many", ``, nil, 400, "malformed_request", ""},
		{"page size a fraction", "GET /v1/courses?pageSize=1.5", ``, nil, 400, "malformed_request", ""},
		{"page size empty", "GET /v1/courses?pageSize=", ``, nil, 400, "malformed_request", ""},
		{"page size beyond 64 bits", "GET /v1/courses?pageSize=99999999999999999999", ``, nil, 400, "malformed_request", ""},
		{"two sizes", "GET /v1/courses?pageSize=1&pageSize=2", ``, nil, 400, "malformed_request", ""},
		{"open maybe", "GET /v1/courses?open=maybe", ``, nil, 400, "malformed_request", ""},
		{"status unknown", "GET /v1/courses/go-101/enrollments?status=asleep", ``, nil, 400, "malformed_request", "/status"},
		{"status empty", "GET /v1/courses/go-101/enrollments?status=", ``, nil, 400, "malformed_request", "/status"},
		{"query with a broken escape", "GET /v1/courses?pageToken=%zz", ``, nil, 400, "malformed_request", ""},
		{"query with semicolon", "GET /v1/courses?open=true;pageSize=1", ``, nil, 400, "malformed_request", ""},
		{"token not base64", "GET /v1/courses?pageToken=~~~", ``, nil, 400, "malformed_request", "/pageToken"},
		{"token not JSON", "GET /v1/courses?pageToken=" + token("x"), ``, nil, 400, "malformed_request", "/pageToken"},
		{"token of another list", "GET /v1/courses?pageToken=" + token(`{"list":"/v1/x?","after":"a"}`),
			``, nil, 400, "malformed_request", "/pageToken"},
		{"token without a last item", "GET /v1/courses?pageToken=" + token(`{"list":"/v1/courses?","after":""}`),
			``, nil, 400, "malformed_request", "/pageToken"},
		{"token after an invalid course id", "GET /v1/courses?pageToken=" + token(`{"list":"/v1/courses?","after":"\u0000"}`),
			``, nil, 400, "malformed_request", "/pageToken"},
		{"token after an invalid sequence",
			"GET /v1/courses/a/enrollments?pageToken=" + token(`{"list":"/v1/courses/a/enrollments?","after":"b"}`),
			``, nil, 400, "malformed_request", "/pageToken"},

		{"enrollment empty", "DELETE /v1/courses/go-101/enrollments/ada?enrollmentId=", ``, nil, 422, "invalid_argument", "/enrollmentId"},
		{"two enrollments", "DELETE /v1/courses/go-101/enrollments/ada?enrollmentId=a&enrollmentId=b", ``, nil, 400, "malformed_request", ""},
		{"enrollment misspelled", "DELETE /v1/courses/go-101/enrollments/ada?EnrollmentId=a", ``, nil, 400, "malformed_request", "/EnrollmentId"},
		{"no such route", "GET /v2/courses", ``, nil, 404, "not_found", ""},
		{"two slashes", "GET //", ``, nil, 404, "not_found", ""},
		{"method of root", "POST /", ``, nil, 405, "method_not_allowed", ""},
		{"trailing slash", "GET /v1/courses/", ``, nil, 404, "not_found", ""},
		{"empty course", "GET /v1/courses//enrollments", ``, nil, 404, "not_found", ""},
		{"empty learner", "GET /v1/courses/go-101/enrollments/", ``, nil, 404, "not_found", ""},
		{"slash in a learner", "GET /v1/courses/go-101/enrollments/a/b", ``, nil, 404, "not_found", ""},
		{"slash after a learner", "DELETE /v1/courses/go-101/enrollments/a/", ``, nil, 404, "not_found", ""},
		{"below a course", "GET /v1/courses/go-101/seats", ``, nil, 404, "not_found", ""},
		{"method", "PATCH /v1/courses/go-101", ``, nil, 405, "method_not_allowed", ""},
		{"method of a list", "DELETE /v1/courses", ``, nil, 405, "method_not_allowed", ""},
		{"method of readyz", "POST /readyz", ``, nil, 405, "method_not_allowed", ""},
		{"unknown method", "BREW /v1/courses", ``, nil, 405, "method_not_allowed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			method, target, _ := strings.Cut(c.request, " ")
			got := problem(t, serve(mocked(t)), c.status, c.code, method, target, c.body, c.headers...)
			pointer := ""
			if errors, ok := got.decoded(t)["errors"].([]any); ok {
				pointer = errors[0].(map[string]any)["pointer"].(string)
			}
			if pointer != c.pointer {
				t.Errorf("points at %q, want %q: %s", pointer, c.pointer, got.body)
			}
			if allow := got.header.Get("Allow"); (c.status == 405) != (strings.Contains(allow, "GET") && strings.HasSuffix(allow, ", HEAD")) {
				t.Errorf("Allow is %q", allow)
			}
			for _, inside := range []string{"strconv", "json:", "runtime", "Go ", "unmarshal"} {
				if strings.Contains(got.body, inside) {
					t.Errorf("the answer reveals internals (%s): %s", inside, got.body)
				}
			}
		})
	}
}

func TestMisspelledFieldsAreNamed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"LearnerID":"ada"}`:  "LearnerID is not a known field; did you mean learnerId?",
		`{"learner_id":"ada"}`: "learner_id is not a known field; did you mean learnerId?",
		`{"learnerIds":"ada"}`: "learnerIds is not a known field; did you mean learnerId?",
		`{"learner":"ada"}`:    "learner is not a known field",
	} {
		got := problem(t, serve(mocked(t)), 400, "malformed_request", "POST", "/v1/courses/go-101/enrollments", body)
		if detail := got.decoded(t)["detail"]; detail != want {
			t.Errorf("%s: %s, want %s", body, detail, want)
		}
	}
}

// The core validates values; the API only passes its violations on.
func TestViolationPointsAtItsField(t *testing.T) {
	t.Parallel()
	service := mocked(t)
	service.EXPECT().Standing(gomock.Any(), staff, domain.CourseID("go\t101"), domain.LearnerID("a\xff")).
		Return(ports.RankedStanding{}, domain.CourseID("go\t101").Validate())
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(replies(ports.Reply{Err: domain.Settings{Capacity: new(-3)}.Validate()}))
	s := serve(service)
	for pointer, got := range map[string]response{
		"/courseId": problem(t, s, 422, "invalid_argument", "GET", "/v1/courses/go%09101/enrollments/a%ff", ""),
		"/capacity": problem(t, s, 422, "invalid_argument", "PUT", "/v1/courses/go-101", `{"title":"Go","capacity":-3}`),
	} {
		first := got.decoded(t)["errors"].([]any)[0].(map[string]any)
		detail, _ := first["detail"].(string)
		if first["pointer"] != pointer || first["code"] != "invalid_argument" || !strings.HasPrefix(detail, "must be") {
			t.Errorf("got %v", first)
		}
	}
}
