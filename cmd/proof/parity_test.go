package proof_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A step is one command of the script, and its code, the same through every entry point: a status, or the kind of the refusal. "+"
// and a learner follow if the command promotes that learner.
type step struct {
	do, course, learner string // enroll, withdraw; put has settings instead of a learner: "capacity=1 open=false"
	key                 string
	code                string
}

// The script produces every code that a command can have, and every change of the waitlist.
var script = []step{
	{"enroll", "go", "ada", "", "course_not_found"},
	{"withdraw", "go", "ada", "", "course_not_found"},
	{"put", "go", "capacity=2", "", "course_not_found"},
	{"put", "go", "title=Go capacity=2", "", "put"},
	{"withdraw", "go", "ada", "", "not_enrolled"},
	{"enroll", "go", "ada", "", "enrolled"},
	{"enroll", "go", "bob", "k1", "enrolled"},
	{"enroll", "go", "bob", "k1", "enrolled"},
	{"enroll", "go", "cyd", "k1", "idempotency_key_reused"},
	{"enroll", "go", "cyd", "", "waitlisted"},
	{"enroll", "go", "dan é/1 %", "", "waitlisted"},
	{"enroll", "go", "eve", "", "waitlisted"},
	{"enroll", "go", "ada", "", "already_enrolled"},
	{"enroll", "go", "eve", "", "already_waitlisted"},
	{"withdraw", "go", "dan é/1 %", "", "withdrawn"},
	{"withdraw", "go", "ada", "k2", "withdrawn+cyd"},
	{"withdraw", "go", "ada", "k2", "withdrawn+cyd"},
	{"withdraw", "go", "ada", "", "not_enrolled"},
	{"enroll", "go", "ada", "", "waitlisted"},
	{"put", "go", "open=false", "", "put"},
	{"enroll", "go", "fay", "", "course_closed"},
	{"withdraw", "go", "bob", "", "withdrawn"},
	{"put", "go", "capacity=3", "", "put"},
	{"put", "go", "open=true", "", "put"},
	{"put", "go", "waitlist=false", "", "put"},
	{"enroll", "go", "gus", "", "course_full"},
	{"put", "go", "capacity=1", "", "put"},
	{"put", "go", "capacity=-1", "", "invalid_argument"},
	{"put", "go\t!", "title=Go capacity=1", "", "invalid_argument"},
	{"enroll", "go", "a\tb", "", "invalid_argument"},
	{"enroll", "go", strings.Repeat("x", 256), "", "invalid_argument"},
	{"put", "sql", "title=SQL capacity=0 waitlist=false", "", "put"},
	{"enroll", "sql", "ada", "", "course_full"},
}

// An entryPoint runs the steps in order through one entry point of the program, and returns the code of each.
type entryPoint func(t *testing.T, s system, script []step) []string

var entryPoints = map[string]entryPoint{
	"http":   throughHTTP,
	"cli":    throughCLI,
	"import": throughImport,
	"queue":  throughQueue,
}

// One script through every entry point on every store has the same codes, standings, events and sequence numbers.
func TestParity(t *testing.T) {
	t.Parallel()
	core := system{store: memstore.New()}
	wantCodes := throughCore(t, core, script)
	want := dump(t, core.store)
	for i, s := range script {
		if wantCodes[i] != s.code {
			t.Errorf("step %d, %s %s %s: the core has %s, want %s", i, s.do, s.course, s.learner, wantCodes[i], s.code)
		}
	}
	for name, through := range entryPoints {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, s system) {
				for _, difference := range disparity(through(t, s, script), wantCodes, dump(t, s.open(t)), want) {
					t.Error(difference)
				}
				s.mustCheck(t)
			})
		})
	}
}

// disparity returns the differences between an entry point and the core.
func disparity(codes, wantCodes []string, got, want string) (differences []string) {
	for i, s := range script {
		if codes[i] != wantCodes[i] {
			differences = append(differences, fmt.Sprintf("step %d, %s %s %.20q: %s, the core has %s", i, s.do, s.course, s.learner, codes[i], wantCodes[i]))
		}
	}
	if got != want {
		differences = append(differences, "the stored data differs from the core's in "+firstDifference(got, want))
	}
	return differences
}

// The script produces every kind of refusal that a command can have. The other kinds can't be the result of a command.
func TestParityCoversEveryCode(t *testing.T) {
	t.Parallel()
	elsewhere := []domain.Kind{ports.ErrUnauthenticated, ports.ErrForbidden, ports.ErrNotFound, ports.ErrPreconditionFailed,
		ports.ErrInProgress, ports.ErrUnavailable, ports.ErrInternal}
	for _, kind := range ports.Kinds() {
		found := slices.ContainsFunc(script, func(s step) bool { return s.code == string(kind) }) ||
			slices.ContainsFunc(rulings, func(r ruling) bool { return r.code == string(kind) })
		if found == slices.Contains(elsewhere, kind) {
			t.Errorf("the script produces %s: %t", kind, found)
		}
	}
}

// An entry point with a rule of its own fails the test.
func TestParityCatchesAnEntryPointWithARule(t *testing.T) {
	t.Parallel()
	core := system{store: memstore.New()}
	wantCodes := throughCore(t, core, script)
	strict := system{store: memstore.New()}
	server := httptest.NewServer(httpapi.New(atMostTwoWaiting{application.New(strict.store)}, httpapi.WithAuthenticator(staffOnly),
		httpapi.WithLogger(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	codes := askHTTP(t, newClient(t, server.URL), script)
	if differences := disparity(codes, wantCodes, dump(t, strict.store), dump(t, core.store)); len(differences) == 0 {
		t.Error("found no difference, although the entry point refuses what the core accepts")
	}
}

func staffOnly(*http.Request) (ports.Actor, error) { return staff, nil }

// atMostTwoWaiting is a rule that an entry point must not have: a shorter waitlist.
type atMostTwoWaiting struct{ ports.Service }

func (d atMostTwoWaiting) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	for _, c := range commands {
		if a, ok := c.Actions[0].(ports.Enroll); ok {
			if found, err := d.Course(ctx, c.By, a.Course); err == nil && found.WaitlistLength >= 2 {
				return []ports.Reply{{Outcomes: []ports.Outcome{{Refused: domain.ErrCourseFull}}}}
			}
		}
	}
	return d.Service.Submit(ctx, commands...)
}

func throughCore(t *testing.T, s system, script []step) (codes []string) {
	service := application.New(s.store)
	for _, step := range script {
		var action ports.Action
		switch step.do {
		case "enroll":
			action = ports.Enroll{Course: domain.CourseID(step.course), Learner: domain.LearnerID(step.learner)}
		case "withdraw":
			action = ports.Withdraw{Course: domain.CourseID(step.course), Learner: domain.LearnerID(step.learner)}
		case "put":
			action = ports.PutCourse{Course: domain.CourseID(step.course), Settings: settingsOf(step.learner)}
		}
		o, err := service.Submit(t.Context(), ports.Command{By: staff, Key: step.key, Actions: []ports.Action{action}})[0].One()
		promoted := ""
		if len(o.Promoted) > 0 && step.do == "withdraw" {
			promoted = string(o.Promoted[0].Learner)
		}
		codes = append(codes, codeOf(string(ports.KindOf(err)), string(o.Standing.Status), promoted))
	}
	return codes
}

// codeOf returns the code of a step: the refusal, or the status, or "put".
func codeOf(refused, status, promoted string) string {
	switch {
	case refused != "":
		return refused
	case status == "":
		return "put"
	case promoted != "":
		return status + "+" + promoted
	}
	return status
}

// settings splits "capacity=1 open=false" into names and values.
func settings(text string) map[string]string {
	found := make(map[string]string)
	for s := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(s, "=")
		found[name] = value
	}
	return found
}

func settingsOf(text string) (s domain.Settings) {
	for name, value := range settings(text) {
		switch name {
		case "title":
			s.Title = &value
		case "capacity":
			n, _ := strconv.Atoi(value)
			s.Capacity = &n
		case "open":
			s.Open = new(value == "true")
		case "waitlist":
			s.WaitlistEnabled = new(value == "true")
		}
	}
	return s
}

// answer is the part of a JSON response that the test compares.
type answer struct {
	Code     string
	Status   any // of a standing; in a problem it is a number
	Promoted *struct{ LearnerID string }
}

func (a answer) code() string {
	status, _ := a.Status.(string)
	promoted := ""
	if a.Promoted != nil {
		promoted = a.Promoted.LearnerID
	}
	return codeOf(a.Code, status, promoted)
}

func throughHTTP(t *testing.T, s system, script []step) []string {
	return askHTTP(t, s.client(t), script)
}

func askHTTP(t *testing.T, c client, script []step) (codes []string) {
	for _, step := range script {
		course := "/v1/courses/" + url.PathEscape(step.course)
		var body []byte
		method, path := "POST", course+"/enrollments"
		switch step.do {
		case "enroll":
			body, _ = json.Marshal(map[string]string{"learnerId": step.learner})
		case "withdraw":
			method, path = "DELETE", path+"/"+url.PathEscape(step.learner)
		case "put":
			method, path = "PUT", course
			body = putBody(step.learner)
		}
		_, _, content, err := c.do(method, path, step.key, string(body))
		var a answer
		if err != nil || json.Unmarshal(content, &a) != nil {
			t.Fatalf("%s %s: %v, %s", method, path, err, content)
		}
		codes = append(codes, a.code())
	}
	return codes
}

func putBody(text string) []byte {
	fields := make(map[string]any)
	for name, value := range settings(text) {
		switch name {
		case "title":
			fields[name] = value
		case "capacity":
			fields[name], _ = strconv.Atoi(value)
		case "open":
			fields[name] = value == "true"
		case "waitlist":
			fields["waitlistEnabled"] = value == "true"
		}
	}
	body, _ := json.Marshal(fields)
	return body
}

func throughCLI(t *testing.T, s system, script []step) (codes []string) {
	for _, step := range script {
		args := []string{"--json", step.do, step.course, step.learner}
		if step.do == "put" {
			args = []string{"--json", "course", "put", step.course}
			for name, value := range settings(step.learner) {
				args = append(args, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
			}
		} else if step.key != "" {
			args = append(args, "--key", step.key)
		}
		var a answer
		if r := s.run(t, "", args...); json.Unmarshal([]byte(r.stdout), &a) != nil {
			t.Fatalf("%q: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
		codes = append(codes, a.code())
	}
	return codes
}

// events returns the journal of the course that the rows of the script change.
func events(t *testing.T, s system) (all []domain.Event) {
	for e, err := range s.open(t).Journal(t.Context(), tenant, "go", 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Event)
	}
	return all
}
