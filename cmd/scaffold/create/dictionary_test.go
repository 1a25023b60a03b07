package create

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A word that the template does not have is refused: it may be a typing error.
func TestUnknownWord(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{"curse": "flight"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.translate(Tree{"README.md": "Courses.\n"}); err == nil || !strings.Contains(err.Error(), "no word curse") {
		t.Errorf("got %v", err)
	}
}

func TestInflection(t *testing.T) {
	t.Parallel()
	noun, verb := word{forms: []string{"x", "xs"}}, word{verb: true, forms: make([]string, 5)}
	for target, want := range map[string]string{
		"flight": "flight flights", "class": "class classes", "city": "city cities", "day": "day days", "person/people": "person people",
	} {
		if got, err := noun.inflect(target, nil); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v, want %q", target, got, err, want)
		}
	}
	for target, want := range map[string]string{
		"book":                                "book books booking booked booked",
		"reserve":                             "reserve reserves reserving reserved reserved",
		"admit":                               "admit admits admitting admitted admitted",
		"limit":                               "limit limits limiting limited limited",
		"apply":                               "apply applies applying applied applied",
		"plan":                                "plan plans planning planned planned",
		"take/takes/took/taking/taken":        "take takes taking took taken",
		"cancel/cancels/cancelled/cancelling": "cancel cancels cancelling cancelled cancelled",
	} {
		if got, err := verb.inflect(target, nil); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v, want %q", target, got, err, want)
		}
	}
}

// Each word keeps its case and number, in code, names, documents and tests. A word that only contains an old one does not change.
func TestTranslateText(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{
		"course": "operation", "learner": "person/people", "enroll": "admit/admits/admitted/admitting", "enrollment": "stay",
		"withdraw": "leave/leaves/left/leaving", "waitlist": "queue",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"course Course COURSE courses Courses COURSES": "operation Operation OPERATION operations Operations OPERATIONS",
		"courseId course_id CourseID COURSE_ID":        "operationId operation_id OperationID OPERATION_ID",
		"learners' /v1/courses/{courseId}/enrollments": "people's /v1/operations/{operationId}/stays",
		"ErrCourseNotFound, already_enrolled":          "ErrOperationNotFound, already_admitted",
		"A course is full. Who withdrew has withdrawn": "An operation is full. Who left has left",
		"waitlisted, waitlistEnabled":                  "queued, queueEnabled",
		`"\ncourse %2fcourses \ufeffcourse"`:           `"\noperation %2foperations \ufeffoperation"`,
		"an enrollment and\nan\n// enrollment":         "a stay and\na\n// stay",
		"recourse, of coursework":                      "recourse, of coursework",
		"COURSE      SEATS":                            "OPERATION   SEATS",
		"- learner   # x":                              "- person    # x",
	} {
		if got := d.translateText("a.md", text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	d.warnOfUsedWords(Tree{"a.md": "A course.\nThe withdrawal.\n", "b.md": "withdrawal"})
	want := "withdrawal becomes leaving, since --words has no word for it: add withdrawal=… (other files: 1)"
	if !slices.Contains(d.warnings, warning{"a.md", 2, want}) {
		t.Errorf("there is no warning about withdrawal: %+v", d.warnings)
	}
}

// A name of several words has the spelling of its place.
func TestNamesOfSeveralWords(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{"course": "hospital-bed", "enroll": "admit", "waitlist": "waiting room"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const formats = foreign + "/a.yaml"
	for file, texts := range map[string]map[string]string{
		"a.go": {
			`var a = "/courses/" + id + "/course"`:            `var a = "/hospital-beds/" + id + "/hospitalBed"`,
			`var a = {"reference": "b", "course": "course"}`:  `var a = {"reference": "b", "hospitalBed": "hospitalBed"}`,
			`var a = []string{"course_id", "waitlist"}`:       `var a = []string{"hospital_bed_id", "waiting_room"}`,
			`var a = "go-101 go-102 go-1"`:                    `var a = "ho-101 ho-102 go-1"`,
			`var a = "course_id, title, waitlist, length"`:    `var a = "hospital_bed_id, title, waiting_room, length"`,
			`var a = f("course-%d", "course-", 1)`:            `var a = f("hospital-bed-%d", "hospital-bed-", 1)`,
			`var a = "course|put|a|--waitlist|b"`:             `var a = "hospital-bed|put|a|--waiting-room|b"`,
			"// A Course is a course.\ntype Course int":       "// A HospitalBed is a hospital bed.\ntype HospitalBed int",
			"// f.\n\n// waitlist is one.\nvar waitlist int":  "// f.\n\n// waitingRoom is one.\nvar waitingRoom int",
			"// f is about a\n// waitlist.\nfunc f(waitlist)": "// f is about a\n// waiting room.\nfunc f(waitingRoom)",
			"var a int // of a course.* event":                "var a int // of a hospital_bed.* event",
		},
		"a.csv": {"course_id,title,waitlist\nfirst,The first course,true\n": "hospital_bed_id,title,waiting_room\nfirst,The first hospital bed,true\n"},
		formats: {
			"# A course.\nmap:\n  course_id: [course_id, course]\nonly:\n  course: enroll\nenroll-if:\n  2: enroll\n": "# A course.\nmap:\n  hospital_bed_id: [course_id, course]\nonly:\n  course: enroll\nadmit-if:\n  2: enroll\n",
		},
	} {
		for text, want := range texts {
			tree, err := d.translate(Tree{"go.mod": "module m\n", "README.md": "course, enroll, waitlist\n", file: "package a\n\n" + text})
			if got := strings.TrimPrefix(tree[file], "package a\n\n"); err != nil && path.Ext(file) != ".go" || got != want {
				t.Errorf("%q became %q, %v, want %q", text, got, err, want)
			}
		}
	}
}

// A plural that is not regular has a warning, if it was not given. The warning names the line of its URL.
func TestPlurals(t *testing.T) {
	t.Parallel()
	for learner, want := range map[string]string{
		"guest": "", "match": "", "person/people": "", "room-key": "", "staff": "",
		"person":   "the plural of person is people here, as in /people: give another by --plural person=…",
		"day-bus":  "the plural of day-bus is day-buses here, as in /day-buses: give another by --plural day-bus=…",
		"bookClub": "", "kids hero": "the plural of kids-hero is kids-heroes here, as in /kids-heroes: give another by --plural kids-hero=…",
	} {
		d, err := newDictionary(map[string]string{"learner": learner, "seat": "staff"}, map[string]string{"staff": "staff-members"})
		if learner == "staff" {
			if err == nil || !strings.Contains(err.Error(), "must not both become staff") {
				t.Errorf("got %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		d.warnOfUsedWords(Tree{"openapi.yaml": "# learners\npaths:\n  /v1/learners:\n"})
		if want == "" && len(d.warnings) > 0 || want != "" && !slices.Equal(d.warnings, []warning{{"openapi.yaml", 3, want}}) {
			t.Errorf("%s: got %+v, want %q", learner, d.warnings, want)
		}
	}
}

// An irregular verb has a warning, if its forms were not given: they become codes and types of events.
func TestIrregularVerbs(t *testing.T) {
	t.Parallel()
	for enroll, want := range map[string]string{
		"book": "", "lend/lends/lent/lending": "",
		"lend": "enrolled becomes lended, but lend is irregular: give its forms, as in enroll=take/takes/took/taking/taken",
	} {
		d, err := newDictionary(map[string]string{"enroll": enroll, "enrollment": "loan"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		d.warnOfUsedWords(Tree{"a.md": "Enroll ada.\nNow ada is enrolled.\n"})
		if want == "" && len(d.warnings) > 0 || want != "" && !slices.Equal(d.warnings, []warning{{"a.md", 2, want}}) {
			t.Errorf("%s: got %+v, want %q", enroll, d.warnings, want)
		}
	}
}

// A name that has another meaning already gets a longer one, with a warning. Words that may be meant, or may not, have warnings too.
func TestCollisions(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{"withdraw": "cancel", "course": "range"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := d.translate(Tree{
		"go.mod":    "module example.com/m\n",
		"a/a.go":    "package a\n\nfunc f(course int) {\n\t_, cancel := g()\n\twithdraw(course)\n\tcancel()\n}\n",
		"docs/a.md": "A range\nof courses.\nA microcourse.\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "package a\n\nfunc f(theRange int) {\n\t_, cancel := g()\n\tdoCancel(theRange)\n\tcancel()\n}\n"; tree["a/a.go"] != want {
		t.Errorf("got\n%s", tree["a/a.go"])
	}
	for _, want := range []warning{
		{"a/a.go", 5, "withdraw would become cancel, but that name has another meaning in this folder: here it is doCancel"},
		{"a/a.go", 3, "course would become range, but that name has another meaning in this folder: here it is theRange"},
		{"a/a.go", 4, "cancel has another meaning here: after withdraw=cancel, both look alike"},
		{"docs/a.md", 1, "range has another meaning here: after course=range, both look alike"},
	} {
		if !slices.Contains(d.warnings, want) {
			t.Errorf("%+v is not in\n%+v", want, d.warnings)
		}
	}
	if len(d.warnings) != 4 {
		t.Errorf("more warnings than that: %+v", d.warnings)
	}
}

// A package that declares a name twice, or a list with a name twice, is refused before the compiler does.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for says, text := range map[string]string{
		"":                       "type t struct{ a, _, _ int }\n\nfunc (t) f(a int) { f := func(a int) {} }\n",
		"a.go:5:5: f redeclared": "func f() {}\n\nvar f int\n",
		"a redeclared":           "type t struct {\n\ta int\n\ta string\n}\n",
		"b redeclared":           "func f(b, b int) {}\n",
		"c redeclared":           "var f = func() { var c, c int }\n",
		`duplicate key "d"`:      "var _ = map[string]int{\"d\": 1, \"d\": 2}\n",
	} {
		err := (&dictionary{}).checkDuplicates(Tree{"go.mod": "module example.com/m\n", "a/a.go": "package a\n\n" + text})
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// With the words of README.md's example, no identifier needs a longer name such as theFlight.
func TestExampleWordsDoNotCollide(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{"course": "flight", "learner": "passenger", "enroll": "book", "enrollment": "booking"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	template := readTemplate(t)
	translated, err := d.translate(template)
	if err != nil {
		t.Fatal(err)
	}
	before := make(map[string]bool)
	for name, text := range template {
		if path.Ext(name) == ".go" {
			maps.Copy(before, identifiers(text))
		}
	}
	longer := regexp.MustCompile(`^(the|do)[A-Z]`)
	for name, text := range translated {
		if path.Ext(name) != ".go" {
			continue
		}
		for identifier := range identifiers(text) {
			if longer.MatchString(identifier) && !before[identifier] {
				t.Errorf("%s has %s: give another name to what the template calls by the new word", name, identifier)
			}
		}
	}
}
