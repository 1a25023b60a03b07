package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const commands = "/v1/commands"

// recorded returns a service that answers each command with the reply, and the commands that it gets.
func recorded(t *testing.T, reply ports.Reply) (httpapi.Service, *[]ports.Command) {
	service, got := mocked(t), new([]ports.Command)
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(_ context.Context, c ...ports.Command) []ports.Reply {
		*got = append(*got, c...)
		return replies(reply)
	})
	return service, got
}

func TestCommandOfSeveralActions(t *testing.T) {
	t.Parallel()
	next := waiting
	next.Status = domain.Enrolled
	service, got := recorded(t, ports.Reply{Outcomes: []ports.Outcome{
		{Standing: waiting, Position: 3}, {Standing: seated}, {Standing: left, Promoted: []domain.Standing{next}}, {Standing: left},
	}})
	s := serve(service, as(ada))
	answer := send(t, s, "POST", commands, `{"actions":[
		{"action":"enroll","courseId":"a/b"},{"action":"enroll","courseId":"c","learnerId":"ada","seatOnly":true},
		{"action":"withdraw","courseId":"d","enrollmentId":"e-1"},{"action":"withdraw","courseId":"e","learnerId":"bob","seatOnly":false}]}`,
		"Idempotency-Key", "k-1", "X-Correlation-ID", "c-1", "traceparent", parent)
	withdrawn := strings.NewReplacer("enrolled", "withdrawn", `:9`, `:18`).Replace(seatedJSON)
	promoted := strings.NewReplacer("waitlisted", "enrolled", `"position":3`, `"position":0`).Replace(waitingJSON)
	wantJSON(t, answer, 200, `{"outcomes":[`+waitingJSON+`,`+seatedJSON+`,`+strings.TrimSuffix(withdrawn, "}")+`,"promoted":`+promoted+`},`+withdrawn+`]}`)
	want := []ports.Command{{By: ada, Key: "submitCommand k-1", Correlation: "c-1", Trace: parent, AllOrNothing: true, Actions: []ports.Action{
		ports.Enroll{Course: "a/b", Learner: "ada"}, ports.Enroll{Course: "c", Learner: "ada", SeatOnly: true},
		ports.Withdraw{Course: "d", Learner: "ada", Enrollment: "e-1"}, ports.Withdraw{Course: "e", Learner: "bob"},
	}}}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("submitted %+v\nwant %+v", *got, want)
	}
}

// A refusal has its own status and code, says which action was refused, and what the learner holds.
func TestRefusedCommand(t *testing.T) {
	t.Parallel()
	const body = `{"actions":[{"action":"enroll","courseId":"a","learnerId":"ada"},{"action":"withdraw","courseId":"b","learnerId":"ada"}]}`
	for kind, status := range statuses {
		if kind == ports.ErrPreconditionFailed {
			continue // no action has a precondition
		}
		service, _ := recorded(t, ports.Reply{Outcomes: []ports.Outcome{{}, {Refused: kind, Standing: seated}}, Replayed: true})
		got := problem(t, serve(service), status, kind, "POST", commands, body, "Idempotency-Key", "k")
		p := got.decoded(t)
		standing, _ := p["standing"].(map[string]any)
		if p["refusedAt"] != 2.0 || standing["enrollmentId"] != "e-1" || got.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %s %v", kind, got.body, got.header)
		}
		failed, _ := recorded(t, ports.Reply{Err: kind})
		if got := problem(t, serve(failed), status, kind, "POST", commands, body); strings.Contains(got.body, "refusedAt") {
			t.Errorf("%s as an error of the whole command: %s", kind, got.body)
		}
	}
	one, _ := recorded(t, ports.Reply{Outcomes: []ports.Outcome{{Refused: domain.ErrCourseFull}}})
	if got := send(t, serve(one), "POST", "/v1/courses/a/enrollments", `{"learnerId":"ada"}`); strings.Contains(got.body, "refusedAt") {
		t.Errorf("a command with one action: %s", got.body)
	}
}

// Each error points at the action and the field. None of these commands reaches the service: the mock would fail.
func TestInvalidCommands(t *testing.T) {
	t.Parallel()
	const valid = `{"action":"enroll","courseId":"a","learnerId":"ada"}`
	third := func(action string) string { return `{"actions":[` + valid + `,` + valid + `,` + action + `]}` }
	for _, c := range []struct {
		body    string
		status  int
		pointer string
		detail  string
	}{
		{`{}`, 422, "/actions", "actions must be 1 to 1024, got 0"},
		{`{"actions":[]}`, 422, "/actions", "actions must be 1 to 1024, got 0"},
		{`{"actions":[` + strings.Repeat(valid+",", 1024) + valid + `]}`, 422, "/actions", "actions must be 1 to 1024, got 1025"},
		{`{"actions":[` + strings.Repeat(" ", 64<<10) + valid + `]}`, 413, "", ""},
		{third(`{"courseId":"a","learnerId":"ada"}`), 422, "/actions/2/action", "actions/2/action must be enroll or withdraw"},
		{third(`{"action":"Enroll","courseId":"a","learnerId":"ada"}`), 422, "/actions/2/action", ""},
		{third(`{"action":"put","courseId":"a","learnerId":"ada"}`), 422, "/actions/2/action", ""},
		{third(`{"action":"enroll","learnerId":"ada"}`), 422, "/actions/2/courseId", "actions/2/courseId must be 1 to 255 bytes of UTF-8"},
		{third(`{"action":"enroll","courseId":"..","learnerId":"ada"}`), 422, "/actions/2/courseId", ""},
		{third(`{"action":"enroll","courseId":"a"}`), 422, "/actions/2/learnerId", "actions/2/learnerId is required"},
		{third(`{"action":"enroll","courseId":"a","learnerId":" ada"}`), 422, "/actions/2/learnerId", "must not begin or end with white space"},
		{third(`{"action":"enroll","courseId":"a","learnerId":"ada","enrollmentId":"e"}`), 422, "/actions/2/enrollmentId", "is for withdraw only"},
		{third(`{"action":"withdraw","courseId":"a","learnerId":"ada","seatOnly":true}`), 422, "/actions/2/seatOnly", "is for enroll only"},
		{third(`{"action":"withdraw","courseId":"a","learnerId":"ada","enrollmentId":""}`), 422, "/actions/2/enrollmentId", "must not be empty"},

		{``, 400, "", "a body is required"},
		{`[` + valid + `]`, 400, "", "not one JSON object"},
		{valid, 400, "/action", "action is not a known field; did you mean actions?"},
		{`{"actions":` + valid + `}`, 400, "/actions", "actions has the wrong type"},
		{`{"actions":null}`, 400, "/actions", "must not be null"},
		{`{"actions":[],"key":"k"}`, 400, "/key", "is not a known field"},
		{third(`null`), 400, "/actions/2", "actions/2 must not be null"},
		{third(`"enroll"`), 400, "/actions/2", "actions/2 has the wrong type"},
		{third(`[` + valid + `]`), 400, "/actions/2", ""},
		{third(`{"action":"enroll","courseId":7,"learnerId":"ada"}`), 400, "/actions/2/courseId", "actions/2/courseId has the wrong type"},
		{third(`{"action":"enroll","courseId":{"id":"a"},"learnerId":"ada"}`), 400, "/actions/2/courseId", ""},
		{third(`{"action":"enroll","courseId":null,"learnerId":"ada"}`), 400, "/actions/2/courseId", ""},
		{third(`{"action":"enroll","courseId":"a","SeatOnly":true}`), 400, "/actions/2/SeatOnly", "actions/2/SeatOnly is not a known field; did you mean seatOnly?"},
		{third(`{"action":"enroll","courseId":"a","a/~b":1}`), 400, "/actions/2/a~1~0b", ""},
		{third(`{"action":"enroll","courseId":"a","courseId":"b"}`), 400, "/actions/2/courseId", "duplicate"},
		{third(`{"action":"enroll","courseId":"a","seatOnly":"yes"}`), 400, "/actions/2/seatOnly", ""},
		{third(`{"action":"enroll","courseId":"\ud800","learnerId":"ada"}`), 400, "", "not valid Unicode"},
		{third(`{"action":"enroll","courseId":"a"`), 400, "", "not one JSON object"},
	} {
		code := map[int]domain.Kind{400: "malformed_request", 413: "payload_too_large", 422: "invalid_argument"}[c.status]
		got := problem(t, serve(mocked(t)), c.status, code, "POST", commands, c.body).decoded(t)
		pointer := ""
		if errors, ok := got["errors"].([]any); ok {
			pointer = errors[0].(map[string]any)["pointer"].(string)
		}
		if pointer != c.pointer || !strings.Contains(got["detail"].(string), c.detail) || got["refusedAt"] != nil {
			t.Errorf("%.200s: points at %q, want %q: %s", c.body, pointer, c.pointer, got["detail"])
		}
	}
}

func TestCommandsAreNotForPartners(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"actions":[{"action":"enroll","courseId":"a","learnerId":"ada"}]}`, `{}`} {
		problem(t, serve(mocked(t), as(ports.Actor{Tenant: "default", Subject: "acme", Role: ports.Partner})), 403, "forbidden", "POST", commands, body)
	}
}

// The limit of all requests counts a command once, that of writes counts its actions.
func TestActionsOfACommandAreWrites(t *testing.T) {
	t.Parallel()
	service, got := recorded(t, ports.Reply{Outcomes: []ports.Outcome{{Standing: seated}}})
	clock := &manualClock{now: noon}
	s := serve(service, httpapi.WithClock(clock), httpapi.WithWriteLimit(httpapi.Limit{Requests: 10, Window: time.Hour}),
		httpapi.WithRateLimit(httpapi.Limit{Requests: 100, Window: time.Hour}),
		httpapi.WithAuthenticator(func(r *http.Request) (ports.Actor, error) {
			return ports.Actor{Tenant: "t", Subject: "ada", Role: ports.Role(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))}, nil
		}))
	submit := func(role string, n int) response {
		body := `{"actions":[` + strings.TrimSuffix(strings.Repeat(`{"action":"enroll","courseId":"a","learnerId":"ada"},`, n), ",") + `]}`
		return send(t, s, "POST", commands, body, "Authorization", "Bearer "+role)
	}
	if answer := submit("learner", 6); answer.status != 200 || !strings.HasPrefix(answer.header.Get("RateLimit"), `"default";r=99`) {
		t.Errorf("six actions: %d %v", answer.status, answer.header)
	}
	if answer := submit("learner", 5); answer.status != 429 || answer.header.Get("Retry-After") != fmt.Sprint(6*60) ||
		!strings.HasPrefix(answer.header.Get("RateLimit"), `"writes";r=3`) {
		t.Errorf("five more, of which one was counted: %d %v", answer.status, answer.header)
	}
	if answer := submit("learner", 3); answer.status != 200 {
		t.Errorf("the last three: %d %v", answer.status, answer.header)
	}
	if answer := submit("learner", 1); answer.status != 429 {
		t.Errorf("one more: %d %v", answer.status, answer.header)
	}
	clock.advance(time.Hour)
	if answer := submit("learner", 11); answer.status != 422 || !strings.Contains(answer.body, "actions must be at most 10") {
		t.Errorf("more than the limit ever allows: %d %s", answer.status, answer.body)
	}
	if answer := submit("staff", 100); answer.status != 200 || len(*got) != 3 {
		t.Errorf("staff: %d %s, %d commands", answer.status, answer.body, len(*got))
	}
}
