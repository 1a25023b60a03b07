package create

import (
	"slices"
	"strings"
	"testing"
)

func TestInflection(t *testing.T) {
	t.Parallel()
	noun, verb := word{forms: []string{"x", "xs"}}, word{verb: true, forms: make([]string, 5)}
	for target, want := range map[string]string{
		"flight": "flight flights", "class": "class classes", "city": "city cities", "day": "day days", "person/people": "person people",
	} {
		if got, err := noun.inflect(target); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v, want %q", target, got, err, want)
		}
	}
	for target, want := range map[string]string{
		"book":                                "book books booking booked booked",
		"reserve":                             "reserve reserves reserving reserved reserved",
		"apply":                               "apply applies applying applied applied",
		"plan":                                "plan plans planning planned planned",
		"take/takes/took/taking/taken":        "take takes taking took taken",
		"cancel/cancels/cancelled/cancelling": "cancel cancels cancelling cancelled cancelled",
	} {
		if got, err := verb.inflect(target); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %v, want %q", target, got, err, want)
		}
	}
}

// Each word in its case and number, in code, names, documents and tests; what only looks like one stays.
func TestWords(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{
		"course": "operation", "learner": "person/people", "enroll": "admit/admits/admitted/admitting", "enrollment": "stay",
		"withdraw": "leave/leaves/left/leaving", "waitlist": "queue",
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"course Course COURSE courses Courses COURSES": "operation Operation OPERATION operations Operations OPERATIONS",
		"courseId course_id CourseID COURSE_ID":        "operationId operation_id OperationID OPERATION_ID",
		"learners' /v1/courses/{courseId}/enrollments": "people' /v1/operations/{operationId}/stays",
		"ErrCourseNotFound, already_enrolled":          "ErrOperationNotFound, already_admitted",
		"A course is full. Who withdrew has withdrawn": "An operation is full. Who left has left",
		"waitlisted, waitlistEnabled":                  "queued, queueEnabled",
		`"\ncourse %2fcourses \ufeffcourse"`:           `"\noperation %2foperations \ufeffoperation"`,
		"an enrollment and\nan\n// enrollment":         "a stay and\na\n// stay",
		"recourse, of coursework":                      "recourse, of coursework",
		"COURSE      SEATS":                            "OPERATION   SEATS",
		"- learner   # x":                              "- person    # x",
	} {
		if got := d.text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if !slices.ContainsFunc(d.warnings, func(w string) bool { return strings.Contains(w, "withdrawal: not given") }) {
		t.Errorf("nothing is said of withdrawal: %q", d.warnings)
	}
}

// A name that is something else already gets a longer one, and whoever made the service is told; what is not told apart, too.
func TestWordsThatAreTaken(t *testing.T) {
	t.Parallel()
	d, err := newDictionary(map[string]string{"withdraw": "cancel", "course": "range"})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := d.apply(Tree{
		"a/a.go":    "package a\n\nfunc f(course int) {\n\t_, cancel := g()\n\twithdraw(course)\n\tcancel()\n}\n",
		"docs/a.md": "Of course, that is of course a microcourse.\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "package a\n\nfunc f(theRange int) {\n\t_, cancel := g()\n\tdoCancel(theRange)\n\tcancel()\n}\n"; tree["a/a.go"] != want {
		t.Errorf("got\n%s", tree["a/a.go"])
	}
	told := strings.Join(d.warnings, "\n")
	for _, want := range []string{"withdraw would be cancel", "course would be range", "microcourse holds course", "docs/a.md:1: is this a course"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not told in\n%s", want, told)
		}
	}
}
