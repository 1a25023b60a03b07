package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

// fields returns the values of these names in a JSON object, as JSON.
func fields(t *testing.T, object string, names ...string) (values []string) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &all); err != nil {
		t.Fatalf("%q: %v", object, err)
	}
	for _, name := range names {
		values = append(values, string(all[name]))
	}
	return values
}

// onTwoCourses returns a service with ada on two courses, and bob behind her on one.
func onTwoCourses(t *testing.T) *servicetest.Service {
	s := servicetest.New(t)
	s.Given("put capacity=1; enroll ada; enroll bob")
	s.On("CS 115 (A)").Given("put capacity=1; enroll ada; withdraw ada")
	return s
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "actions.ndjson")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestApply(t *testing.T) {
	t.Parallel()
	s := onTwoCourses(t)
	s.On("full").Given("put capacity=0")
	swap := `{"action":"enroll","courseId":"CS 115 (A)","learnerId":"bob","seatOnly":true}` + "\n\n" +
		`{"action":"withdraw","courseId":"go-101","learnerId":"bob"}` + "\n"

	refused := writeFile(t, strings.Replace(swap, "CS 115 (A)", "full", 1))
	want := `{"code":"course_full","detail":"nothing was done, because action 1 was refused: course full has no free seat, and no waitlist to use; ` +
		`add seats with: roster course put full --capacity N","refusedAt":1}` + "\n"
	if got := run(t, s, "apply", refused, "--json"); got != (result{out: want, exit: 3}) {
		t.Errorf("%+v", got)
	}
	if got, _ := s.Standing(t.Context(), by, servicetest.Course, "bob"); got.Position != 1 {
		t.Errorf("after a refusal bob has %+v, want his place", got)
	}

	file := writeFile(t, "\ufeff"+swap) // as Windows writes it
	text := result{out: "bob is enrolled on CS 115 (A)\nbob is withdrawn from go-101\n"}
	if got := run(t, s, "apply", file, "--key", "k"); got != text {
		t.Errorf("%+v", got)
	}
	if got := run(t, s, "apply", file, "--key", "k"); got != text {
		t.Errorf("the same key again: %+v", got)
	}
	got := run(t, s, "apply", writeFile(t, `{"action":"withdraw","courseId":"go-101","learnerId":"ada","enrollmentId":"e-3"}`), "--json")
	if !strings.HasPrefix(got.out, `{"outcomes":[{"courseId":"go-101","learnerId":"ada","enrollmentId":"e-3","status":"withdrawn"`) || got.exit != 0 {
		t.Errorf("%+v", got)
	}
}

func TestApplyRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const line = `{"action":"enroll","courseId":"go-101","learnerId":"ada"}`
	for text, want := range map[string]string{
		"":                                     "expected at least one line",
		" \n\n":                                "expected at least one line",
		"{":                                    "line 1: body must be one JSON object",
		line + "\n[]":                          "line 2: body must be one JSON object",
		line + line:                            "with nothing after it",
		strings.Replace(line, "act", "Ack", 1): "unknown field",
		strings.Replace(line, "}", `,"learnerId":"bob"}`, 1):                       "each name once",
		strings.Replace(line, "}", `,"LearnerId":"bob"}`, 1):                       "did you mean learnerId?",
		strings.Replace(line, `"ada"`, `"\ud800"`, 1):                              "half a character",
		strings.Replace(line, "ada", "\xff", 1):                                    "must be UTF-8",
		strings.Replace(line, `"ada"`, "4", 1):                                     "learnerId must be a string",
		`{"action":"withdraw","courseId":"c","learnerId":"l","enrollmentId":""}`:   "enrollmentId must not be empty",
		`{"action":"withdraw","courseId":"c","learnerId":"l","enrollmentId":null}`: "enrollmentId must be a string",
		`{"actoin":"withdraw","courseId":"go-101","learnerId":"ada"}`:              "unknown field",
		strings.Replace(line, "enroll", "drop", 1):                                 `action must be enroll or withdraw, got "drop"`,
		strings.Replace(line, "}", `,"enrollmentId":"e"}`, 1):                      "enrollmentId is for withdraw only",
		`{"action":"withdraw","courseId":"c","learnerId":"l","seatOnly":true}`:     "seatOnly is for enroll only",
		strings.Replace(line, "ada", strings.Repeat("x", 9000), 1):                 "a line must not be longer",
		strings.Repeat(line+"\n", ports.MaxActions+1):                              "at most 1024 actions",
	} {
		got := run(t, nil, "apply", writeFile(t, text))
		if got.exit != 2 || got.out != "" || !strings.Contains(got.err, want) {
			t.Errorf("%.60q: %+v, want exit 2 and %q", text, got, want)
		}
	}
	if got := run(t, nil, "apply", filepath.Join(t.TempDir(), "none")); got.exit != 2 || !strings.Contains(got.err, "no such file") {
		t.Errorf("%+v", got)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	s := onTwoCourses(t)
	if got := run(t, s, "rename", "ada", "zoe"); got != (result{out: "ada is zoe now; number of courses with enrollments: 2\n"}) {
		t.Errorf("%+v", got)
	}
	if got := run(t, s, "rename", "bob", "ben", "--json"); got != (result{out: `{"courses":1}` + "\n"}) {
		t.Errorf("%+v", got)
	}
	want := `{"code":"already_exists","detail":"ben cannot be renamed, because histories cannot be joined: both ids have held something on \"go-101\""}` + "\n"
	if got := run(t, s, "rename", "ben", "zoe", "--json"); got != (result{out: want, exit: 3}) {
		t.Errorf("%+v", got)
	}
	if got := run(t, s, "rename", "bob", "eve"); got.exit != 3 || !strings.Contains(got.err, "not_found") {
		t.Errorf("%+v", got)
	}
	if got := run(t, s, "rename", "zoe", " zoe"); got.exit != 2 {
		t.Errorf("%+v", got)
	}
}

func TestListOfALearner(t *testing.T) {
	t.Parallel()
	s := onTwoCourses(t)
	lines := strings.Split(run(t, s, "list", "--learner", "ada", "--json").out, "\n")
	if len(lines) != 3 || !reflect.DeepEqual(fields(t, lines[0], "courseId", "status"), []string{`"CS 115 (A)"`, `"withdrawn"`}) ||
		!reflect.DeepEqual(fields(t, lines[1], "courseId", "status"), []string{`"go-101"`, `"enrolled"`}) {
		t.Errorf("%q", lines)
	}
	table := "SEQUENCE  STATUS      POSITION  SINCE                        COURSE\n" +
		"       2  enrolled           -  2026-09-01T09:00:00Z         go-101\n"
	if got := run(t, s, "list", "--learner=ada", "--status=enrolled"); got != (result{out: table}) {
		t.Errorf("%+v", got)
	}
	for words, want := range map[string]string{
		"list":                       "expected COURSE, or --learner",
		"list go-101 --learner ada":  "--learner lists all courses",
		"list go-101 --csv --json":   "--json and --csv exclude each other",
		"withdraw c l --enrollment=": "must not be empty",
		"list --learner=":            "learnerId must be 1 to 255 bytes",
	} {
		if got := run(t, s, strings.Fields(words)...); got.exit != 2 || !strings.Contains(got.out+got.err, want) {
			t.Errorf("%s: %+v", words, got)
		}
	}
}

// Pages of a learner's courses follow each other without a gap.
func TestListOfALearnerPrintsEveryPage(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	const all = 1010
	actions := []ports.Command{}
	for i := range all {
		id := domain.CourseID(strings.Repeat("c", 1+i%50) + string(rune('a'+i/50%26)) + string(rune('a'+i/1300)))
		actions = append(actions, ports.Command{By: by, Actions: []ports.Action{
			ports.PutCourse{Course: id, Settings: domain.Settings{Title: new("T"), Capacity: new(1)}}, ports.Enroll{Course: id, Learner: "ada"}}})
	}
	for _, reply := range s.Submit(t.Context(), actions...) {
		if reply.Err != nil {
			t.Fatal(reply.Err)
		}
	}
	if got := run(t, s, "list", "--learner", "ada", "--json"); strings.Count(got.out, "\n") != all {
		t.Errorf("%d lines, want %d", strings.Count(got.out, "\n"), all)
	}
}

// Every cell reads as it was written, except that a spreadsheet runs none.
func TestListAsCSV(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t).On(`=1, "x"`)
	s.Given("put capacity=1; enroll @ada; enroll 'bob; withdraw @ada")
	got := run(t, s, "list", `=1, "x"`, "--csv")
	rows, err := csv.NewReader(strings.NewReader(got.out)).ReadAll()
	want := [][]string{
		{"course_id", "learner_id", "status", "position", "sequence", "since", "enrollment_id"},
		{`'=1, "x"`, "'bob", "enrolled", "0", "5", "2026-09-01T09:00:00Z", "e-5"},
		{`'=1, "x"`, "'@ada", "withdrawn", "0", "4", "2026-09-01T09:00:00Z", "e-3"},
	}
	if err != nil || got.exit != 0 || !reflect.DeepEqual(rows, want) {
		t.Errorf("%v, %+v, want %q", err, got, want)
	}
}

// A learner who is promoted after the page of the enrolled, and before that of the waitlist, is not lost.
func TestListAsCSVWhileALearnerIsPromoted(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	var calls []*gomock.Call
	for _, c := range []struct {
		page     ports.StandingPage
		standing domain.Standing
	}{
		{ports.StandingPage{Status: domain.Enrolled}, ada},
		{ports.StandingPage{Status: domain.Waitlisted}, eve},
		{ports.StandingPage{Status: domain.Enrolled, After: ada.Sequence}, bob},
		{ports.StandingPage{Status: domain.Withdrawn}, went},
	} {
		c.page.Limit = 1000
		calls = append(calls, service.EXPECT().Standings(gomock.Any(), by, domain.CourseID("go-101"), c.page).
			Return([]ports.RankedStanding{{Standing: c.standing}}, nil))
	}
	gomock.InOrder(calls...)
	got := run(t, service, "list", "go-101", "--csv")
	var learners []string
	for line := range strings.Lines(got.out) {
		learners = append(learners, strings.Split(line, ",")[1])
	}
	if want := []string{"learner_id", "ada", "eve<&>", "bob", "ada"}; got.exit != 0 || !slices.Equal(learners, want) {
		t.Errorf("%+v, want %q", got, want)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	s := onTwoCourses(t)
	run(t, s, "enroll", "go-101", "ada", "--key", "k")
	run(t, s, "rename", "ada", "zoe")
	letter := ports.DeadLetter{ID: "m1", By: by, Learner: "zoe", Body: []byte(`{"learnerId":"zoe"}`), Reason: domain.ErrCourseNotFound, Attempts: 2}
	if err := s.PutDeadLetters(t.Context(), by, []ports.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	got := run(t, s, "about", "zoe", "--json")
	var about struct {
		LearnerID string
		Standings []struct{ CourseID, LearnerID, Status string }
		Events    []struct{ Type, CourseID, LearnerID, PreviousLearnerID string }
		Replies   []struct {
			Subject, Key string
			Outcomes     []struct{ LearnerID string }
		}
		DeadLetters []struct{ ID, Body string }
	}
	if err := json.Unmarshal([]byte(got.out), &about); err != nil || got.exit != 0 {
		t.Fatalf("%v: %+v", err, got)
	}
	if len(about.Standings) != 2 || len(about.Events) != 5 || len(about.Replies) != 1 || len(about.DeadLetters) != 1 {
		t.Errorf("%+v", about)
	}
	if e := about.Events[2]; e.Type != "learner.renamed" || e.LearnerID != "zoe" || e.PreviousLearnerID != "ada" {
		t.Errorf("%+v", e)
	}
	forgotten := run(t, s, "forget", "zoe", "--json")
	if forgotten.out != `{"standings":2,"events":5,"replies":1,"deadLetters":1}`+"\n" {
		t.Errorf("forget finds other things than about: %+v", forgotten)
	}
	empty := `{"learnerId":"zoe","standings":[],"events":[],"replies":[],"deadLetters":[]}` + "\n"
	if got := run(t, s, "about", "zoe", "--json"); got != (result{out: empty}) {
		t.Errorf("after forget: %+v", got)
	}
	if got := run(t, s, "about", "zoe"); !strings.HasPrefix(got.out, "{\n  \"learnerId\": \"zoe\",\n") {
		t.Errorf("%+v", got)
	}
}

// After a rename, the earlier id may become another person's. A reply under one key has what it says about both.
func TestAboutShowsNoOtherPerson(t *testing.T) {
	t.Parallel()
	s := onTwoCourses(t)
	run(t, s, "rename", "ada", "zoe")
	s.Clock.Advance(time.Hour)
	reply := s.Submit(t.Context(), ports.Command{By: by, Key: "rows", Actions: []ports.Action{
		ports.Enroll{Course: servicetest.Course, Learner: "zoe"}, ports.Enroll{Course: servicetest.Course, Learner: "ada"}}})
	if reply[0].Err != nil {
		t.Fatal(reply[0].Err)
	}
	for learner, other := range map[string]string{"zoe": "ada", "ada": "zoe"} {
		got := run(t, s, "about", learner, "--json")
		_, replies, _ := strings.Cut(got.out, `"replies":`)
		if !strings.Contains(replies, `"learnerId":"`+learner+`"`) || strings.Contains(replies, `"learnerId":"`+other+`"`) {
			t.Errorf("about %s: %s", learner, replies)
		}
	}
}

// A rename of more courses than a transaction changes may end in the middle. Then its error says how many courses it has renamed.
func TestRenameThatEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	s := servicetest.New(t)
	var commands []ports.Command
	for i := range ports.MaxActions + 10 {
		id := domain.CourseID(fmt.Sprintf("c-%04d", i))
		commands = append(commands, ports.Command{By: by, Actions: s.On(id).Actions("put capacity=2; enroll old")})
	}
	s.Submit(t.Context(), commands...)
	s.On(domain.CourseID(fmt.Sprintf("c-%04d", ports.MaxActions+5))).Given("enroll new")
	got := run(t, s, "rename", "old", "new")
	if got.exit != 3 || !strings.Contains(got.err, `on "c-1029"; on 1024 other courses the rename is done (already_exists)`) {
		t.Errorf("%+v", got)
	}
}
