package proof_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A ruling is one step about what a step of the other script cannot express: "enroll COURSE LEARNER seatOnly", "withdraw COURSE LEARNER @N"
// from the enrollment that event N of the course made, "all" with actions, "rename OLD NEW", "list LEARNER".
type ruling struct{ do, key, code string }

// rulings is the script of the rules that are about several courses, or about one of a learner's enrollments.
var rulings = []ruling{
	{"put 2024FA/A capacity=1 title=A", "", "put"},
	{"put b capacity=1 title=B", "", "put"},
	{"enroll 2024FA/A ada", "", "enrolled"},
	{"enroll b bob", "", "enrolled"},
	{"withdraw 2024FA/A ada @9", "", "enrollment_mismatch"},
	{"withdraw 2024FA/A bob @2", "", "not_enrolled"},
	{"withdraw 2024FA/A ada @2", "k1", "withdrawn"},
	{"enroll 2024FA/A ada", "", "enrolled"},
	{"withdraw 2024FA/A ada @2", "k1", "withdrawn"}, // it is repeated: the later enrollment stays
	{"withdraw 2024FA/A ada @4", "k1", "idempotency_key_reused"},
	{"withdraw 2024FA/A ada", "k1", "idempotency_key_reused"},
	{"withdraw 2024FA/A ada @2", "", "enrollment_mismatch"},
	{"list ada", "", "2024FA/A enrolled 0"},

	{"all enroll b ada seatOnly; withdraw 2024FA/A ada", "k2", "course_full at 1"}, // the swap loses no seat
	{"all withdraw 2024FA/A ada; enroll b ada seatOnly", "", "course_full at 2"},
	{"withdraw b bob", "", "withdrawn"},
	{"all enroll b ada seatOnly; withdraw 2024FA/A ada", "k2", "course_full at 1"},
	{"all withdraw 2024FA/A ada; enroll b ada seatOnly", "k2", "idempotency_key_reused"},
	{"all enroll 2024FA/A bob; enroll b ada seatOnly; withdraw 2024FA/A ada @4", "k3", "waitlisted, enrolled, withdrawn+bob"},
	{"all enroll 2024FA/A bob; enroll b ada seatOnly; withdraw 2024FA/A ada @4", "k3", "waitlisted, enrolled, withdrawn+bob"},
	{"all enroll b bob; enroll none bob", "", "course_not_found at 2"},
	{"all enroll b bob; enroll b bob", "", "already_waitlisted at 2"},
	{"all enroll b cyd; withdraw b ada @9", "", "enrollment_mismatch at 2"},
	{"all enroll b cyd; enroll b ..\t", "", "invalid_argument"},
	{"all enroll b cyd; enroll b dan; withdraw b cyd", "", "waitlisted, waitlisted, withdrawn"},
	{"list bob", "", "2024FA/A enrolled 0, b withdrawn 0"},
	{"list dan", "", "b waitlisted 1"},
	{"list nobody", "", ""},

	{"rename ada bob", "", "already_exists"},
	{"rename ada zoe", "", "renamed 2"},
	{"list ada", "", ""},
	{"list zoe", "", "2024FA/A withdrawn 0, b enrolled 0"},
	{"withdraw b zoe @4", "", "withdrawn+dan"}, // the enrollment is the one that ada made
}

// rulingEntryPoints run the script of rulings through one entry point of the program, and return the code of each step.
var rulingEntryPoints = map[string]func(t *testing.T, s system, script []ruling) []string{
	"http": rulingsThroughHTTP, "cli": rulingsThroughCLI, "queue": rulingsThroughQueue,
}

// One script of rulings through every entry point on every store has the same codes, standings, events and sequence numbers.
func TestParityOfRulings(t *testing.T) {
	t.Parallel()
	core := system{store: memstore.New()}
	for i, code := range rulingsThroughCore(t, core, rulings) {
		if code != rulings[i].code {
			t.Errorf("ruling %d, %s: the core has %s, want %s", i, rulings[i].do, code, rulings[i].code)
		}
	}
	want := dump(t, core.store)
	for name, through := range rulingEntryPoints {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, s system) {
				for i, code := range through(t, s, rulings) {
					if code != rulings[i].code {
						t.Errorf("ruling %d, %s: %s, want %s", i, rulings[i].do, code, rulings[i].code)
					}
				}
				if got := dump(t, s.open(t)); got != want {
					t.Error("the stored data differs from the core's in " + firstDifference(got, want))
				}
				s.mustCheck(t)
			})
		})
	}
}

// actionsOf returns the actions of a ruling. The store knows which enrollment an event made.
func (r ruling) actionsOf(t *testing.T, store ports.Reader) (actions []ports.Action) {
	for text := range strings.SplitSeq(strings.TrimPrefix(r.do, "all "), ";") {
		words := append(strings.Split(strings.Trim(text, " "), " "), "")
		course, learner := domain.CourseID(words[1]), domain.LearnerID(words[2])
		var event int64
		_, _ = fmt.Sscanf(words[3], "@%d", &event)
		switch words[0] {
		case "enroll":
			actions = append(actions, ports.Enroll{Course: course, Learner: learner, SeatOnly: words[3] == "seatOnly"})
		case "withdraw":
			actions = append(actions, ports.Withdraw{Course: course, Learner: learner, Enrollment: enrollmentOf(t, store, course, event)})
		case "put":
			settings := settingsOf(strings.Join(words[2:], " "))
			actions = append(actions, ports.PutCourse{Course: course, Settings: settings})
		}
	}
	return actions
}

// enrollmentOf returns the enrollment that an event of the course made, "none" for an event that does not exist, and "" for event 0.
func enrollmentOf(t *testing.T, store ports.Reader, course domain.CourseID, event int64) domain.EnrollmentID {
	if event == 0 {
		return ""
	}
	for e, err := range store.Journal(t.Context(), tenant, course, event-1) {
		if err != nil {
			t.Fatal(err)
		}
		return e.Enrollment
	}
	return "none"
}

func rulingsThroughCore(t *testing.T, s system, script []ruling) (codes []string) {
	service := application.New(s.store, application.WithErasure(s.store.(ports.ErasureStore)))
	for _, r := range script {
		words := strings.Fields(r.do)
		switch words[0] {
		case "rename":
			n, err := service.Rename(t.Context(), staff, domain.LearnerID(words[1]), domain.LearnerID(words[2]))
			codes = append(codes, cmp.Or(string(ports.KindOf(err)), fmt.Sprint("renamed ", n)))
		case "list":
			found, err := service.LearnerStandings(t.Context(), staff, domain.LearnerID(words[1]), ports.LearnerPage{Limit: 99})
			if err != nil {
				t.Fatal(err)
			}
			var items []string
			for _, f := range found {
				items = append(items, fmt.Sprint(f.Course, " ", f.Status, " ", f.Position))
			}
			codes = append(codes, strings.Join(items, ", "))
		default:
			codes = append(codes, submitRuling(t, service, r, s.store))
		}
	}
	return codes
}

func submitRuling(t *testing.T, service *application.Service, r ruling, store ports.Reader) string {
	c := ports.Command{By: staff, Key: r.key, Actions: r.actionsOf(t, store), AllOrNothing: strings.HasPrefix(r.do, "all ")}
	reply := service.Submit(t.Context(), c)[0]
	outcomes, err := reply.All()
	if !c.AllOrNothing {
		_, err = reply.One()
	}
	if err != nil {
		at := ""
		for i, o := range reply.Outcomes {
			if o.Refused != "" && c.AllOrNothing {
				at = fmt.Sprint(" at ", i+1)
			}
		}
		return string(ports.KindOf(err)) + at
	}
	var items []string
	for i, o := range outcomes {
		promoted := ""
		if len(o.Promoted) > 0 && c.Actions[i].Name() == "withdraw" {
			promoted = string(o.Promoted[0].Learner)
		}
		items = append(items, codeOf("", string(o.Standing.Status), promoted))
	}
	return strings.Join(items, ", ")
}

func rulingsThroughHTTP(t *testing.T, s system, script []ruling) (codes []string) {
	c, store := s.client(t), s.open(t)
	for _, r := range script {
		switch words := strings.Fields(r.do); words[0] {
		case "rename":
			codes = append(codes, renameThroughCLI(t, s, words[1], words[2]))
		case "list":
			codes = append(codes, listThroughHTTP(t, c, words[1]))
		case "all":
			codes = append(codes, commandThroughHTTP(t, c, r.key, r.actionsOf(t, store)))
		default:
			method, path, body := requestOf(t, r.actionsOf(t, store)[0], words)
			codes = append(codes, ask[answer](t, c, method, path, r.key, body).code())
		}
	}
	return codes
}

func ask[T any](t *testing.T, c client, method, path, key, body string) (got T) {
	_, _, content, err := c.do(method, path, key, body)
	if err != nil || json.Unmarshal(content, &got) != nil {
		t.Fatalf("%s %s: %v, %s", method, path, err, content)
	}
	return got
}

func requestOf(t *testing.T, action ports.Action, words []string) (method, path, body string) {
	course := "/v1/courses/" + url.PathEscape(string(action.CourseID()))
	switch a := action.(type) {
	case ports.Enroll:
		if a.SeatOnly {
			t.Fatal("only a command has seatOnly")
		}
		return "POST", course + "/enrollments", fmt.Sprintf(`{"learnerId":%q}`, a.Learner)
	case ports.Withdraw:
		path = course + "/enrollments/" + url.PathEscape(string(a.Learner))
		if a.Enrollment != "" {
			path += "?enrollmentId=" + url.QueryEscape(string(a.Enrollment))
		}
		return "DELETE", path, ""
	}
	return "PUT", course, string(putBody(strings.Join(words[2:], " ")))
}

func commandThroughHTTP(t *testing.T, c client, key string, actions []ports.Action) string {
	var list []map[string]any
	for _, a := range actions {
		list = append(list, fieldsOf(a))
	}
	body, err := json.Marshal(map[string]any{"actions": list})
	if err != nil {
		t.Fatal(err)
	}
	return ask[commandAnswer](t, c, "POST", "/v1/commands", key, string(body)).code()
}

// fieldsOf returns an action as the API and the command line read it.
func fieldsOf(a ports.Action) map[string]any {
	fields := map[string]any{"action": a.Name(), "courseId": a.CourseID(), "learnerId": a.Learners()[0]}
	switch a := a.(type) {
	case ports.Enroll:
		if a.SeatOnly {
			fields["seatOnly"] = true
		}
	case ports.Withdraw:
		if a.Enrollment != "" {
			fields["enrollmentId"] = a.Enrollment
		}
	}
	return fields
}

// commandAnswer is the part of the answer to a command that the tests compare.
type commandAnswer struct {
	answer
	RefusedAt int
	Outcomes  []answer
}

func (c commandAnswer) code() string {
	if c.RefusedAt > 0 {
		return fmt.Sprint(c.Code, " at ", c.RefusedAt)
	}
	items := []string{c.Code}[:min(1, len(c.Code))]
	for _, o := range c.Outcomes {
		items = append(items, o.code())
	}
	return strings.Join(items, ", ")
}

// listed is one of a learner's enrollments, as far as the tests compare it.
type listed struct {
	CourseID, Status string
	Position         int
}

func (l listed) String() string { return fmt.Sprint(l.CourseID, " ", l.Status, " ", l.Position) }

// listThroughHTTP reads one learner's enrollments in pages of one.
func listThroughHTTP(t *testing.T, c client, learner string) string {
	var items []string
	for token, more := "", true; more; more = token != "" {
		page := ask[struct {
			Items         []listed
			NextPageToken string
		}](t, c, "GET", "/v1/learners/"+learner+"/enrollments?pageSize=1&pageToken="+token, "", "")
		for _, i := range page.Items {
			items = append(items, i.String())
		}
		token = page.NextPageToken
	}
	return strings.Join(items, ", ")
}

// rulingsThroughCLI runs a ruling that is for seats only as a command of one action.
func rulingsThroughCLI(t *testing.T, s system, script []ruling) (codes []string) {
	store := s.open(t)
	for _, r := range script {
		switch words := strings.Fields(r.do); words[0] {
		case "rename":
			codes = append(codes, renameThroughCLI(t, s, words[1], words[2]))
		case "list":
			codes = append(codes, listThroughCLI(t, s, words[1]))
		case "all":
			codes = append(codes, applyThroughCLI(t, s, r.key, r.actionsOf(t, store)))
		case "put":
			codes = append(codes, throughCLI(t, s, []step{{"put", words[1], strings.Join(words[2:], " "), r.key, ""}})...)
		default:
			args := []string{"--json", words[0], words[1], words[2]}
			if a, ok := r.actionsOf(t, store)[0].(ports.Withdraw); ok && a.Enrollment != "" {
				args = append(args, "--enrollment", string(a.Enrollment))
			}
			if r.key != "" {
				args = append(args, "--key", r.key)
			}
			var got answer
			if r := s.run(t, "", args...); json.Unmarshal([]byte(r.stdout), &got) != nil {
				t.Fatalf("%q: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
			}
			codes = append(codes, got.code())
		}
	}
	return codes
}

func applyThroughCLI(t *testing.T, s system, key string, actions []ports.Action) string {
	var lines strings.Builder
	for _, a := range actions {
		line, err := json.Marshal(fieldsOf(a))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", line)
	}
	args := []string{"--json", "apply", "-"}
	if key != "" {
		args = append(args, "--key", key)
	}
	var got commandAnswer
	if r := s.run(t, lines.String(), args...); json.Unmarshal([]byte(r.stdout), &got) != nil {
		t.Fatalf("%q: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	return got.code()
}

func listThroughCLI(t *testing.T, s system, learner string) string {
	var items []string
	for line := range strings.Lines(s.run(t, "", "--json", "list", "--learner", learner).stdout) {
		var i listed
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		items = append(items, i.String())
	}
	return strings.Join(items, ", ")
}

// renameThroughCLI renames a learner, which only the command line can.
func renameThroughCLI(t *testing.T, s system, from, to string) string {
	var got struct {
		Code    string
		Courses int
	}
	if r := s.run(t, "", "--json", "rename", from, to); json.Unmarshal([]byte(r.stdout), &got) != nil {
		t.Fatalf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	return cmp.Or(got.Code, fmt.Sprint("renamed ", got.Courses))
}
