package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/cli"
	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

var (
	by     = ports.Actor{Tenant: "default", Subject: "cli:ada", Role: ports.Staff}
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.FixedZone("CET", 3600))
	ada    = domain.Standing{Course: "go-101", Learner: "ada", Enrollment: "e1", Status: domain.Enrolled, Sequence: 2, Since: noon}
	bob    = domain.Standing{Course: "go-101", Learner: "bob", Enrollment: "e2", Status: domain.Enrolled, Sequence: 5, Since: noon}
	went   = domain.Standing{Course: "go-101", Learner: "ada", Enrollment: "e1", Status: domain.Withdrawn, Sequence: 4, Since: noon}
	eve    = domain.Standing{Course: "go-101", Learner: "eve<&>", Enrollment: "e3", Status: domain.Waitlisted, Sequence: 3, Since: noon}
	golang = domain.Course{ID: "go-101", Terms: domain.Terms{Title: "Go", Capacity: 1, Open: true, WaitlistEnabled: true}, SeatsTaken: 1,
		WaitlistLength: 1, Sequence: 3, Revision: 1}
)

const (
	adaJSON = `{"courseId":"go-101","learnerId":"ada","enrollmentId":"e1","status":"enrolled","position":0,"sequence":2,"since":"2026-03-01T11:00:00.123456Z"}`
	eveJSON = `{"courseId":"go-101","learnerId":"eve<&>","enrollmentId":"e3","status":"waitlisted","position":1,"sequence":3,"since":"2026-03-01T11:00:00.123456Z"}`
	goJSON  = `{"courseId":"go-101","title":"Go","capacity":1,"open":true,"waitlistEnabled":true,"seatsTaken":1,"waitlistLength":1,"sequence":3}`
)

// A result is what a user sees of one run.
type result struct {
	out, err string
	exit     int
}

// run executes a command line on service. Its root command adds a course command of its own, as a program does.
func run(t *testing.T, service ports.Service, words ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	session := &cli.Session{Context: t.Context(), Service: service, By: by, Out: &out, Err: &errs}
	parsed := false
	open := func() (*cli.Session, error) { parsed = true; return session, nil }
	course := cli.Group("course", "", append(cli.CourseCommands(open), cli.Command("import", "", open, importing{}))...)
	root := cli.Group("roster", "", append(cli.Commands(open), course)...)
	root.PersistentFlags().BoolVar(&session.JSON, "json", false, "")
	root.SetArgs(append([]string{}, words...)) // never nil: cobra would read the test's own arguments
	root.SetOut(&out)
	err := root.Execute()
	if err != nil && !parsed {
		err = cli.UsageError{Detail: err.Error()}
	}
	exit := session.Report(err)
	return result{out.String(), errs.String(), exit}
}

type importing struct{}

func (importing) Run(s *cli.Session, _ []string) error {
	return s.Print(map[string]int{"rows": 3}, "3 rows")
}

func TestEnrollAndWithdraw(t *testing.T) {
	t.Parallel()
	enroll, withdraw := ports.Enroll{Course: "go-101", Learner: "ada"}, ports.Withdraw{Course: "go-101", Learner: "ada"}
	for _, c := range []struct {
		words  string
		key    string
		action ports.Action
		reply  ports.Outcome
		want   result
	}{
		{"enroll go-101 ada", "", enroll, ports.Outcome{Standing: ada}, result{out: "ada is enrolled on go-101\n"}},
		{"enroll go-101 ada --json", "", enroll, ports.Outcome{Standing: ada}, result{out: adaJSON + "\n"}},
		{"enroll go-101 eve<&>", "", ports.Enroll{Course: "go-101", Learner: "eve<&>"}, ports.Outcome{Standing: eve, Position: 1},
			result{out: "eve<&> is number 1 on the waitlist of go-101\n"}},
		{"enroll go-101 eve<&> --json", "", ports.Enroll{Course: "go-101", Learner: "eve<&>"}, ports.Outcome{Standing: eve, Position: 1},
			result{out: eveJSON + "\n"}},
		{"enroll --key k1 go-101 ada", "k1", enroll, ports.Outcome{Standing: ada}, result{out: "ada is enrolled on go-101\n"}},
		{"enroll -- -go -ada", "", ports.Enroll{Course: "-go", Learner: "-ada"}, ports.Outcome{Standing: domain.Standing{Course: "-go", Learner: "-ada"}},
			result{out: "-ada is enrolled on -go\n"}},
		{"withdraw go-101 ada --key=k2", "k2", withdraw, ports.Outcome{Standing: went}, result{out: "ada is withdrawn from go-101\n"}},
		{"withdraw go-101 ada", "", withdraw, ports.Outcome{Standing: went, Promoted: []domain.Standing{bob}},
			result{out: "ada is withdrawn from go-101; bob has the seat now\n"}},
		{"withdraw go-101 ada --json", "", withdraw, ports.Outcome{Standing: went, Promoted: []domain.Standing{bob}}, result{
			out: `{"courseId":"go-101","learnerId":"ada","enrollmentId":"e1","status":"withdrawn","position":0,"sequence":4,"since":"2026-03-01T11:00:00.123456Z",` +
				`"promoted":{"courseId":"go-101","learnerId":"bob","enrollmentId":"e2","status":"enrolled","position":0,"sequence":5,"since":"2026-03-01T11:00:00.123456Z"}}` + "\n"}},
		{"withdraw go-101 ada --enrollment e1", "", ports.Withdraw{Course: "go-101", Learner: "ada", Enrollment: "e1"}, ports.Outcome{Standing: went},
			result{out: "ada is withdrawn from go-101\n"}},
		{"withdraw go-101 ada --enrollment e0 --json", "", ports.Withdraw{Course: "go-101", Learner: "ada", Enrollment: "e0"},
			ports.Outcome{Refused: domain.ErrEnrollmentMismatch, Standing: ada}, result{
				out: `{"code":"enrollment_mismatch","detail":"the live enrollment of ada on go-101 is another one; see: roster list go-101","standing":` +
					strings.Replace(adaJSON, `"position":0,`, "", 1) + "}\n", exit: 3}},
		{"enroll go-101 ada", "", enroll, ports.Outcome{Refused: domain.ErrCourseFull}, result{
			err: "roster: course go-101 has no free seat, and no waitlist to use; add seats with: roster course put go-101 --capacity N (course_full)\n", exit: 3}},
		{"enroll go-101 ada --json", "", enroll, ports.Outcome{Refused: domain.ErrAlreadyEnrolled, Standing: ada}, result{
			out: `{"code":"already_enrolled","detail":"ada already has a seat on go-101","standing":` +
				strings.Replace(adaJSON, `"position":0,`, "", 1) + "}\n", exit: 3}},
		{"withdraw go-101 ada --json", "", withdraw, ports.Outcome{Refused: domain.ErrNotEnrolled, Standing: went}, result{
			out: `{"code":"not_enrolled","detail":"ada has no seat on go-101 and is not on its waitlist; see: roster list go-101"}` + "\n", exit: 3}},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			service := portsmock.NewMockService(gomock.NewController(t))
			service.EXPECT().Submit(gomock.Any(), ports.Command{By: by, Key: c.key, Actions: []ports.Action{c.action}}).
				Return([]ports.Reply{{Outcomes: []ports.Outcome{c.reply}}})
			if got := run(t, service, strings.Fields(c.words)...); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestCoursePut(t *testing.T) {
	t.Parallel()
	type settings = domain.Settings
	for words, want := range map[string]settings{
		"--title Go --capacity 1":      {Title: new("Go"), Capacity: new(1)},
		"--capacity -3":                {Capacity: new(-3)},
		"--capacity=-3":                {Capacity: new(-3)},
		"--waitlist false":             {WaitlistEnabled: new(false)},
		"--waitlist=false --open true": {WaitlistEnabled: new(false), Open: new(true)},
		"--open=0 --capacity 0":        {Open: new(false), Capacity: new(0)},
		"":                             {},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			service := portsmock.NewMockService(gomock.NewController(t))
			action := ports.PutCourse{Course: "go-101", Settings: want}
			service.EXPECT().Submit(gomock.Any(), ports.Command{By: by, Actions: []ports.Action{action}}).
				Return([]ports.Reply{{Outcomes: []ports.Outcome{{Course: golang}}}}).Times(2)
			words := append([]string{"course", "put", "go-101"}, strings.Fields(words)...)
			text := "go-101  Go\n  open, with a waitlist\n  1 of 1 seats taken, 1 on the waitlist\n  sequence 3\n"
			if got := run(t, service, words...); got != (result{out: text}) {
				t.Errorf("%+v", got)
			}
			if got := run(t, service, append(words, "--json")...); got != (result{out: goJSON + "\n"}) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestCourseShowAndList(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().Course(gomock.Any(), by, domain.CourseID("go-101")).Return(golang, nil)
	if got := run(t, service, "course", "show", "go-101", "--json"); got != (result{out: goJSON + "\n"}) {
		t.Errorf("%+v", got)
	}
	service.EXPECT().Course(gomock.Any(), by, domain.CourseID("x")).Return(domain.Course{}, domain.ErrCourseNotFound)
	want := result{err: "roster: there is no course x; create it with: roster course put x --title TITLE --capacity N (course_not_found)\n", exit: 3}
	if got := run(t, service, "course", "show", "x"); got != want {
		t.Errorf("%+v", got)
	}
	service.EXPECT().Courses(gomock.Any(), by, ports.CoursePage{Limit: 1000}).Return([]domain.Course{golang}, nil).Times(2)
	if got := run(t, service, "course", "list", "--json"); got != (result{out: goJSON + "\n"}) {
		t.Errorf("%+v", got)
	}
	const row = "%-20s %10v %10v %10v  %-26s %s\n"
	table := fmt.Sprintf(row, "COURSE", "SEATS", "TAKEN", "IN LINE", "STATE", "TITLE") + fmt.Sprintf(row, "go-101", 1, 1, 1, "open, with a waitlist", "Go")
	if got := run(t, service, "course", "list"); got != (result{out: table}) {
		t.Errorf("%+v", got)
	}
}

func TestAProgramAddsCommandsToTheCourseGroup(t *testing.T) {
	t.Parallel()
	if got := run(t, nil, "course", "import", "--json"); got != (result{out: `{"rows":3}` + "\n"}) {
		t.Errorf("%+v", got)
	}
}

func TestListPrintsEveryPage(t *testing.T) {
	t.Parallel()
	const all = 2500
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().Standings(gomock.Any(), by, domain.CourseID("go-101"), gomock.Any()).DoAndReturn(
		func(_ any, _ ports.Actor, _ domain.CourseID, page ports.StandingPage) (standings []ports.RankedStanding, _ error) {
			for n := page.After + 1; n <= all && len(standings) < page.Limit; n++ {
				s := ada
				s.Sequence = n
				standings = append(standings, ports.RankedStanding{Standing: s})
			}
			return standings, nil
		}).Times(3)
	got := run(t, service, "list", "go-101", "--json")
	if lines := strings.Count(got.out, "\n"); lines != all || got.exit != 0 {
		t.Errorf("%d lines, want %d; %s", lines, all, got.err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	page := ports.StandingPage{Status: domain.Waitlisted, Limit: 1000}
	service.EXPECT().Standings(gomock.Any(), by, domain.CourseID("go-101"), page).
		Return([]ports.RankedStanding{{Standing: eve, Position: 1}}, nil).Times(2)
	if got := run(t, service, "list", "go-101", "--status", "waitlisted", "--json"); got != (result{out: eveJSON + "\n"}) {
		t.Errorf("%+v", got)
	}
	table := "SEQUENCE  STATUS      POSITION  SINCE                        LEARNER\n" +
		"       3  waitlisted         1  2026-03-01T11:00:00.123456Z  eve<&>\n"
	if got := run(t, service, "list", "go-101", "--status=waitlisted"); got != (result{out: table}) {
		t.Errorf("%+v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	service.EXPECT().VerifyJournal(gomock.Any(), by, domain.CourseID("")).Return(ports.CheckReport{Courses: 2, Events: 9}, nil).Times(2)
	if got := run(t, service, "check"); got != (result{out: "2 courses, 9 events, 0 differences\n"}) {
		t.Errorf("%+v", got)
	}
	if got := run(t, service, "check", "--json"); got != (result{out: `{"courses":2,"events":9,"differences":[]}` + "\n"}) {
		t.Errorf("%+v", got)
	}
	wrong := ports.CheckReport{Courses: 1, Events: 9, Differences: []ports.Difference{{Course: "go-101", Detail: "seats <2>"}}}
	service.EXPECT().VerifyJournal(gomock.Any(), by, domain.CourseID("go-101")).Return(wrong, nil).Times(2)
	got := run(t, service, "check", "go-101")
	if got.out != "go-101: seats <2>\n1 courses, 9 events, 1 differences\n" || strings.Count(got.err, "\n") != 1 || got.exit != 1 {
		t.Errorf("%+v", got)
	}
	got = run(t, service, "check", "go-101", "--json")
	if got.out != `{"courses":1,"events":9,"differences":[{"courseId":"go-101","detail":"seats <2>"}]}`+"\n" || got.exit != 1 {
		t.Errorf("%+v", got)
	}
}

// None of these reaches the core.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"enrol go-101 ada":                  "unexpected argument enrol, did you mean enroll?",
		"enrol go-101 ada --key k":          "unexpected argument enrol, did you mean enroll?",
		"course putt go-101":                "unexpected argument putt, did you mean put?",
		"enroll go-101":                     "expected LEARNER",
		"enroll go-101 ada bob":             "unexpected argument bob",
		"enroll go-101 -ada":                "'a' in -ada",
		"enroll go-101 ada --kee k":         "unknown flag: --kee",
		"enroll go-101 ada --key=":          "for \"--key\" flag: must not be empty",
		"course put go-101 --capacity many": "for \"--capacity\" flag: must be a whole number",
		"course put go-101 --capacity":      "needs an argument: --capacity",
		"course put go-101 --waitlist":      "needs an argument: --waitlist",
		"course put go-101 --open maybe":    "for \"--open\" flag: must be true or false",
		"list go-101 --status gone":         "for \"--status\" flag: must be one of [enrolled waitlisted withdrawn]",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, strings.Fields(words)...)
			if got.exit != 2 || got.out != "" || !strings.Contains(got.err, want) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("%+v, want exit 2 and one line with %q", got, want)
			}
		})
	}
}

// A group alone is a question about it. A program that wants JSON gets an error: there is no result.
func TestGroupAlonePrintsItsHelp(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"roster", "roster course"} {
		usage := "Usage:\n  " + command + "\n  " + command + " [command]\n"
		if got := run(t, nil, strings.Fields(command)[1:]...); got.exit != 0 || got.err != "" || !strings.Contains(got.out, usage) {
			t.Errorf("%q: %+v", command, got)
		}
	}
	want := result{out: `{"code":"invalid_argument","detail":"expected one of put, show, list, import"}` + "\n", exit: 2}
	if got := run(t, nil, "course", "--json"); got != want {
		t.Errorf("%+v", got)
	}
}

func TestEveryKindHasAnExitCodeAndAnExplanation(t *testing.T) {
	t.Parallel()
	want := map[domain.Kind]int{
		"internal": 1, "invalid_argument": 2, "unauthenticated": 2, "forbidden": 2,
		"course_not_found": 3, "course_full": 3, "course_closed": 3, "already_enrolled": 3, "already_waitlisted": 3, "not_enrolled": 3,
		"enrollment_mismatch": 3, "already_exists": 3, "not_found": 3, "precondition_failed": 3, "idempotency_key_reused": 3, "idempotency_in_progress": 4, "unavailable": 4,
	}
	for _, kind := range ports.Kinds() {
		var errs bytes.Buffer
		err := fmt.Errorf("submit: %w: the disk\nis full", kind)
		exit := (&cli.Session{Err: &errs}).Report(err)
		if code, ok := want[kind]; !ok || exit != code || cli.ExitCode(err) != code {
			t.Errorf("%s: exit %d, want %d", kind, exit, code)
		}
		line := errs.String()
		if !strings.HasPrefix(line, "roster: ") || !strings.HasSuffix(line, " ("+string(kind)+")\n") || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: %q", kind, line)
		}
		if strings.HasPrefix(line, "roster:  (") {
			t.Errorf("%s is not explained", kind)
		}
	}
	if len(want) != len(ports.Kinds()) {
		t.Errorf("%d kinds, want %d", len(ports.Kinds()), len(want))
	}
	if cli.ExitCode(nil) != 0 || cli.ExitCode(errors.New("a defect")) != 1 {
		t.Error("nil must give 0, an error without a kind 1")
	}
}

func TestAViolationNamesTheValidRange(t *testing.T) {
	t.Parallel()
	service := portsmock.NewMockService(gomock.NewController(t))
	negative := domain.Settings{Capacity: new(-3)}
	service.EXPECT().Submit(gomock.Any(), gomock.Any()).Return([]ports.Reply{{Err: fmt.Errorf("submit: %w", negative.Validate())}})
	want := result{out: `{"code":"invalid_argument","detail":"capacity must be between 0 and 1000000000, got -3"}` + "\n", exit: 2}
	if got := run(t, service, "course", "put", "go-101", "--capacity", "-3", "--json"); got != want {
		t.Errorf("%+v", got)
	}
}

// Stdout holds the result alone.
func TestAnErrorAfterTheResultGoesToStderr(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	session := &cli.Session{JSON: true, Out: &out, Err: &errs}
	exit := session.Report(cli.AfterOutput{Err: fmt.Errorf("%w: stopped at line 7", ports.ErrUnavailable)})
	if exit != 4 || out.Len() != 0 || errs.String() != "roster: not available now; try again: stopped at line 7 (unavailable)\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", exit, out.String(), errs.String())
	}
}
