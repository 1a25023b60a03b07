package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestIdempotencyKeyBelongsToOneOperation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ request, body, header, key string }{
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, `"k-1"`, "enroll k-1"},
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, `k-1`, "enroll k-1"},
		{"POST /v1/courses/other/enrollments", `{"learnerId":"bob"}`, `"k-1"`, "enroll k-1"},
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, `"a\"b\\c"`, `enroll a"b\c`},
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, `"k-1";v=2`, "enroll k-1"},
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, `k 1, 2`, "enroll k 1, 2"},
		{"POST /v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, strings.Repeat("k", 255), "enroll " + strings.Repeat("k", 255)},
		{"DELETE /v1/courses/go-101/enrollments/ada", ``, `"k-1"`, "withdraw k-1"},
		{"PUT /v1/courses/go-101", `{"title":"Go"}`, `"k-1"`, "putCourse k-1"},
		{"POST /v1/commands", `{"actions":[{"action":"enroll","courseId":"a","learnerId":"ada"}]}`, `"k-1"`, "submitCommand k-1"},
	} {
		service := mocked(t)
		var got ports.Command
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Do(func(_ any, c ...ports.Command) { got = c[0] }).
			Return(outcome(ports.Outcome{Standing: seated, Course: courseA}))
		method, target, _ := strings.Cut(c.request, " ")
		answer := send(t, serve(service), method, target, c.body, "Idempotency-Key", c.header)
		if answer.status >= 300 || got.Key != c.key {
			t.Errorf("%s: key %q, want %q; %s", c.header, got.Key, c.key, answer.body)
		}
	}
	long := strings.Repeat("k", 256)
	for _, bad := range []string{`""`, `"k`, `"k" x`, "k\x7f", "k\x01", long, `"` + long + `"`, "ключ", `"\x"`} {
		problem(t, serve(mocked(t)), 400, "malformed_request",
			"POST", "/v1/courses/go-101/enrollments", `{"learnerId":"ada"}`, "Idempotency-Key", bad)
	}
}

func TestReplayRepeatsTheFirstAnswerAndIsMarked(t *testing.T) {
	t.Parallel()
	for _, o := range []ports.Outcome{
		{Standing: seated}, {Standing: waiting, Position: 3}, {Refused: domain.ErrCourseFull},
		{Refused: domain.ErrAlreadyEnrolled, Standing: seated},
	} {
		service := mocked(t)
		call := service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return(outcome(o))
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).After(call).
			Return(replies(ports.Reply{Outcomes: []ports.Outcome{o}, Replayed: true}))
		s := serve(service)
		enroll := func() response {
			return send(t, s, "POST", "/v1/courses/go-101/enrollments", `{"learnerId":"ada"}`,
				"Idempotency-Key", "k", "X-Correlation-ID", "c")
		}
		first, second := enroll(), enroll()
		if first.status != second.status || first.body != second.body || first.header.Get("Location") != second.header.Get("Location") {
			t.Errorf("first %d %s, then %d %s", first.status, first.body, second.status, second.body)
		}
		if first.header.Get("Idempotent-Replayed") != "" || second.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("Idempotent-Replayed is %q, then %q", first.header.Get("Idempotent-Replayed"), second.header.Get("Idempotent-Replayed"))
		}
	}
}

func TestEntityTags(t *testing.T) {
	t.Parallel()
	for given, status := range map[string]int{
		`"3.17"`: 304, `W/"3.17"`: 304, `*`: 304, `"1.2", "3.17"`: 304,
		`"3.16"`: 200, `"4.17"`: 200, `3.17`: 200, ``: 200, `"3.17`: 200,
	} {
		service := mocked(t)
		service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).Return(courseA, nil)
		got := send(t, serve(service), "GET", "/v1/courses/go-101", "", "If-None-Match", given)
		if got.status != status || got.header.Get("ETag") != `"3.17"` || (status == 304) != (got.body == "") {
			t.Errorf("If-None-Match %s: %d %s %s", given, got.status, got.header.Get("ETag"), got.body)
		}
	}
	r, w := httptest.NewRequest("GET", "/v1/courses/go-101", nil), httptest.NewRecorder()
	r.Header["If-None-Match"] = []string{`"1.2"`, `"3.17"`}
	if serve(stub{}).ServeHTTP(w, r); w.Code != 304 {
		t.Errorf("If-None-Match on two lines: %d %s", w.Code, w.Body)
	}
	put := func(service httpapi.Service, ifMatch string) response {
		return send(t, serve(service), "PUT", "/v1/courses/go-101", `{"title":"Go"}`, "If-Match", ifMatch)
	}
	for ifMatch, revision := range map[string]int64{`"3.17"`: 3, `"3.999"`: 3, `"12.1"`: 12, `*`: 0, ``: 0} {
		service := mocked(t)
		if ifMatch == "*" {
			service.EXPECT().Course(gomock.Any(), staff, courseA.ID).Return(courseA, nil)
		}
		var got ports.Command
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Do(func(_ any, c ...ports.Command) { got = c[0] }).
			Return(outcome(ports.Outcome{Course: courseA}))
		if answer := put(service, ifMatch); answer.status != 200 || got.Actions[0].(ports.PutCourse).IfRevision != revision {
			t.Errorf("If-Match %s: %d, %+v", ifMatch, answer.status, got.Actions)
		}
	}
	for _, refused := range [][]string{{"If-None-Match", `"3.17"`}, {"If-None-Match", `"3.17", *`}, {"If-None-Match", "*", "If-Match", "*"}} {
		if got := send(t, serve(mocked(t)), "PUT", "/v1/courses/go-101", `{"title":"Go"}`, refused...); got.status != 412 {
			t.Errorf("%q: %d %s", refused, got.status, got.body)
		}
	}
	service := mocked(t)
	service.EXPECT().Course(gomock.Any(), staff, courseA.ID).Return(domain.Course{}, domain.ErrCourseNotFound)
	if got := put(service, "*"); got.status != 412 {
		t.Errorf("If-Match * of no course: %d %s", got.status, got.body)
	}
}

func TestCorrelationIDIsKeptOrGenerated(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"c-1", "~!", strings.Repeat("x", 128)} {
		if got := send(t, serve(mocked(t)), "GET", "/nowhere", "", "X-Correlation-ID", id).header.Get("X-Correlation-ID"); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", "a b", "a\x7f", "ä", strings.Repeat("x", 129)} {
		got := send(t, serve(mocked(t)), "GET", "/healthz", "", "X-Correlation-ID", id).header.Get("X-Correlation-ID")
		if len(got) != 36 || seen[got] {
			t.Errorf("%q became %q", id, got)
		}
		seen[got] = true
	}
}

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestEveryCommandCarriesTheTraceOfItsRequest(t *testing.T) {
	t.Parallel()
	for operation, by := range map[string]ports.Actor{
		"enroll": staff, "withdraw": staff, "submitCommand": staff, "putCourse": staff,
		"enrollUnversioned": staff,
		"enrollForPartner":  {Tenant: "default", Subject: "acme", Role: ports.Partner},
	} {
		service, request := mocked(t), exampleRequests()[operation]
		var got ports.Command
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Do(func(_ any, c ...ports.Command) { got = c[0] }).
			Return(outcome(ports.Outcome{Standing: seated, Course: courseA}))
		answer := send(t, serve(service, as(by), httpapi.WithClock(before)), request.method, request.target, request.body, "traceparent", parent)
		if answer.status >= 300 || got.Trace != parent {
			t.Errorf("%s: %d, trace %q", operation, answer.status, got.Trace)
		}
	}
}

func TestInvalidTraceparentIsIgnored(t *testing.T) {
	t.Parallel()
	ids := parent[2:]
	for _, c := range []struct {
		want  string
		given []string
	}{
		{"", nil}, {"", []string{""}}, {"", []string{parent, parent}},
		{parent, []string{parent}}, {parent, []string{"01" + ids}}, {parent, []string{"cc" + ids + "-more"}},
		{"", []string{"ff" + ids}}, {"", []string{parent + "-more"}}, {"", []string{"cc" + ids + "more"}},
		{"", []string{parent[1:]}}, {"", []string{parent[:54]}}, {"", []string{"x" + parent[1:]}},
		{"", []string{strings.ToUpper(parent)}},
		{"", []string{"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01"}},
		{"", []string{"00-4bf92f3577b34da6a3ce929d0e0e4736-" + strings.Repeat("0", 16) + "-01"}},
		{"", []string{parent + "\n" + parent}}, {"", []string{"cc" + ids + "-\n"}},
	} {
		service := mocked(t)
		var got ports.Command
		service.EXPECT().Submit(gomock.Any(), gomock.Any()).Do(func(_ any, c ...ports.Command) { got = c[0] }).
			Return(outcome(ports.Outcome{Course: courseA}))
		r := httptest.NewRequest("PUT", "/v1/courses/go-101", strings.NewReader("{}"))
		r.Header["Traceparent"], r.Header["Content-Type"] = c.given, []string{"application/json"}
		serve(service).ServeHTTP(httptest.NewRecorder(), r)
		if got.Trace != c.want {
			t.Errorf("%q became %q, want %q", c.given, got.Trace, c.want)
		}
	}
}

// The log must not reveal which learner is enrolled in which course.
func TestLogHasOneLinePerRequestWithoutTheLearner(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	service := mocked(t)
	service.EXPECT().Standing(gomock.Any(), staff, gomock.Any(), gomock.Any()).Return(ports.RankedStanding{}, domain.ErrNotEnrolled)
	service.EXPECT().Course(gomock.Any(), staff, gomock.Any()).Return(domain.Course{}, ports.ErrUnavailable)
	s := serve(service, httpapi.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))))
	send(t, s, "GET", "/v1/courses/go-101/enrollments/grace", "", "X-Correlation-ID", "c-1")
	send(t, s, "GET", "/v1/courses/go-101", "")
	send(t, s, "GET", "/v1/grace", "")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 3 || strings.Contains(log.String(), "grace") {
		t.Fatalf("logged %s", log.String())
	}
	var first, second map[string]any
	if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[1]), &second) != nil {
		t.Fatalf("logged %s", log.String())
	}
	if first["correlationId"] != "c-1" || first["route"] != "/v1/courses/:courseId/enrollments/:learnerId" ||
		first["status"] != 404.0 || first["code"] != "not_enrolled" || first["level"] != "INFO" || first["error"] != nil {
		t.Errorf("logged %v", first)
	}
	if second["level"] != "ERROR" || second["error"] != "unavailable" {
		t.Errorf("logged %v", second)
	}
}

// A flood that is refused, and the probes of an orchestrator, are one line a second each, with a count; other requests are a line each.
func TestLogIsBoundedUnderAFlood(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	clock := &manualClock{now: noon}
	limit, err := httpapi.ParseLimit("2/1h")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(mocked(t), httpapi.WithLogger(slog.New(slog.NewJSONHandler(&log, nil))), httpapi.WithClock(clock), httpapi.WithRateLimit(limit))
	for range 2 {
		for range 50 {
			send(t, s, "GET", "/healthz", "")
			send(t, s, "GET", "/v1/nowhere", "")
			send(t, s, "GET", "/v2/nowhere", "")
		}
		clock.advance(time.Second)
	}
	count := make(map[string]int)
	for line := range strings.Lines(log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		count[fmt.Sprint(record["status"], record["repeated"])]++
	}
	want := map[string]int{"404 <nil>": 2, "429 <nil>": 1, "429 97": 1, "200 <nil>": 1, "200 49": 1}
	if !maps.Equal(count, want) {
		t.Errorf("logged %v, want %v", count, want)
	}
}
