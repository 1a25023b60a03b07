package proof_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
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

// A step is one command of the script, and the code that it has to come to through every door: a status, or the kind of
// the refusal; with "+" and a learner where that one was promoted by it.
type step struct {
	do, course, learner string // enroll, withdraw; put has settings instead of a learner: "capacity=1 open=false"
	key                 string
	code                string
}

// The script meets every code of the contract's table that a command can come to, and every move of the line.
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
	{"put", "go!", "title=Go capacity=1", "", "invalid_argument"},
	{"enroll", "go", "a\tb", "", "invalid_argument"},
	{"enroll", "go", strings.Repeat("x", 256), "", "invalid_argument"},
	{"put", "sql", "title=SQL capacity=0 waitlist=false", "", "put"},
	{"enroll", "sql", "ada", "", "course_full"},
}

// A door is a way into the program: it does the steps in order and returns what each came to.
type door func(t *testing.T, s stage, script []step) []string

var doors = map[string]door{"http": throughHTTP, "cli": throughCLI, "import": throughImport, "queue": throughQueue}

// One script through every door on every store comes to the same codes, standings, events and sequence numbers.
func TestParity(t *testing.T) {
	t.Parallel()
	core := stage{store: memstore.New()}
	wantCodes := throughCore(t, core, script)
	want := dump(t, core.store)
	for i, s := range script {
		if wantCodes[i] != s.code {
			t.Errorf("step %d, %s %s %s: the core came to %s, want %s", i, s.do, s.course, s.learner, wantCodes[i], s.code)
		}
	}
	for name, through := range doors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, s stage) {
				for _, difference := range disparity(through(t, s, script), wantCodes, dump(t, s.open(t)), want) {
					t.Error(difference)
				}
				s.mustCheck(t)
			})
		})
	}
}

// disparity says in what a door differed from the core.
func disparity(codes, wantCodes []string, got, want string) (differences []string) {
	for i, s := range script {
		if codes[i] != wantCodes[i] {
			differences = append(differences, fmt.Sprintf("step %d, %s %s %.20q: %s, the core came to %s", i, s.do, s.course, s.learner, codes[i], wantCodes[i]))
		}
	}
	if got != want {
		differences = append(differences, "the end differs from the core's in "+firstDifference(got, want))
	}
	return differences
}

// Every kind that a command can be refused with is met by the script; the others can't come of a command.
func TestParityMeetsEveryCode(t *testing.T) {
	t.Parallel()
	elsewhere := []domain.Kind{ports.ErrUnauthenticated, ports.ErrForbidden, ports.ErrNotFound, ports.ErrPreconditionFailed,
		ports.ErrInProgress, ports.ErrUnavailable, ports.ErrInternal}
	for _, kind := range ports.Kinds() {
		met := slices.ContainsFunc(script, func(s step) bool { return s.code == string(kind) })
		if met == slices.Contains(elsewhere, kind) {
			t.Errorf("%s is met by the script: %t", kind, met)
		}
	}
}

// A door with a rule of its own turns the test red.
func TestParityCatchesADoorWithARule(t *testing.T) {
	t.Parallel()
	core := stage{store: memstore.New()}
	wantCodes := throughCore(t, core, script)
	strict := stage{store: memstore.New()}
	server := httptest.NewServer(httpapi.New(noFourthInLine{application.New(strict.store)}, httpapi.WithAuthenticator(staffOnly),
		httpapi.WithLogger(slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	codes := askHTTP(t, newClient(t, server.URL), script)
	if differences := disparity(codes, wantCodes, dump(t, strict.store), dump(t, core.store)); len(differences) == 0 {
		t.Error("a door that refuses what the core accepts went unnoticed")
	}
}

func staffOnly(*http.Request) (ports.Actor, error) { return staff, nil }

// noFourthInLine is a door's own idea of how long a line should be.
type noFourthInLine struct{ ports.Service }

func (d noFourthInLine) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	for _, c := range commands {
		if a, ok := c.Actions[0].(ports.Enroll); ok {
			if found, err := d.Course(ctx, c.By, a.Course); err == nil && found.WaitlistLength >= 2 {
				return []ports.Reply{{Outcomes: []ports.Outcome{{Refused: domain.ErrCourseFull}}}}
			}
		}
	}
	return d.Service.Submit(ctx, commands...)
}

func throughCore(t *testing.T, s stage, script []step) (codes []string) {
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

// codeOf writes what a step came to: the refusal, or the status, or "put".
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

// answer is the part of every JSON answer that parity is about.
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

func throughHTTP(t *testing.T, s stage, script []step) []string {
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

func throughCLI(t *testing.T, s stage, script []step) (codes []string) {
	for _, step := range script {
		args := []string{"--json", step.do, step.course, step.learner}
		if step.do == "put" {
			args = []string{"--json", "course", "put", step.course}
			for name, value := range settings(step.learner) {
				args = append(args, "--"+name+"="+value)
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

// throughImport sends what stands together in the script as one file, and goes to the command line for what rows can't
// say: puts and keys.
func throughImport(t *testing.T, s stage, script []step) (codes []string) {
	var rows []step
	flush := func() {
		codes = append(codes, importRows(t, s, rows)...)
		rows = nil
	}
	for i, step := range script {
		if step.do == "put" || step.key != "" {
			flush()
			codes = append(codes, throughCLI(t, s, script[i:i+1])...)
			continue
		}
		rows = append(rows, step)
	}
	flush()
	return codes
}

// importRows imports the steps as one file. Refusals come row by row in the rejects file; who holds what, in the journal.
func importRows(t *testing.T, s stage, steps []step) []string {
	if len(steps) == 0 {
		return nil
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	_ = w.Write([]string{"course_id", "learner_id", "action"})
	for _, step := range steps {
		_ = w.Write([]string{step.course, step.learner, step.do})
	}
	w.Flush()
	before := len(events(t, s))
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	s.must(t, file.String(), "import", "-", "--again", "--rejects", rejects)

	codes := make([]string, len(steps))
	for _, reject := range readCSV(t, rejects)[1:] {
		row, err := strconv.Atoi(reject[3])
		if err != nil {
			t.Fatal(err)
		}
		row -= 2                                                // of the file, whose first is the header
		if codes[row] = reject[4]; reject[4] == "invalid_row" { // a row's word for an invalid argument
			codes[row] = string(domain.ErrInvalidArgument)
		}
	}
	came := events(t, s)[before:]
	for i := range codes {
		if codes[i] == "" {
			codes[i] = string(came[0].Standing().Status)
			if came = came[1:]; len(came) > 0 && came[0].Type == domain.LearnerPromoted {
				codes[i] += "+" + string(came[0].Learner)
				came = came[1:]
			}
		}
	}
	return codes
}

// events returns the journal of the course that rows of the script change.
func events(t *testing.T, s stage) (all []domain.Event) {
	for e, err := range s.open(t).Journal(t.Context(), tenant, "go", 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Event)
	}
	return all
}

func readCSV(t *testing.T, file string) [][]string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
