package importer_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestCourses(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	text := "\ufeffcourse_id,title,capacity,waitlist\r\n" +
		"go-101,\"Go, first steps\",10,true\r\n" +
		"go-201,Go on,0,false\r\n" +
		"wait-1,,5,\r\n" + // keeps title and waitlist
		"go-301,,10,\r\n" + // a new course needs a title
		"go-401,X,many,true\r\n" +
		"go-402,X,-3,true\r\n" +
		"go-403,X,1,maybe\r\n" +
		"..,X,1,true\r\n" +
		"go-405,X\r\n"
	for range 2 { // running it again is harmless
		s, err := importer.Courses(t.Context(), c, by, strings.NewReader(text), importer.Options{})
		if err != nil || s.Rows != 9 || s.Outcomes["course_not_found"] != 1 || s.Outcomes["invalid_row"] != 5 || s.Rejected != 6 {
			t.Fatalf("%+v, %v", s, err)
		}
		checkSums(t, s)
		if want := "line 5: a new course needs a title and a capacity (course_not_found)"; s.First[0] != want {
			t.Errorf("%q", s.First)
		}
	}
	for id, want := range map[domain.CourseID]domain.Terms{
		"go-101": {Title: "Go, first steps", Capacity: 10, Open: true, WaitlistEnabled: true},
		"go-201": {Title: "Go on", Capacity: 0, Open: true, WaitlistEnabled: false},
		"wait-1": {Title: "W", Capacity: 5, Open: true, WaitlistEnabled: true},
	} {
		if got, err := c.Course(t.Context(), by, id); err != nil || got.Terms != want {
			t.Errorf("%s: %+v, %v, want %+v", id, got.Terms, err, want)
		}
	}
	if keys := keys(c); !reflect.DeepEqual(keys, []string{"", ""}) {
		t.Errorf("keys %q; courses have none, so that a second run sets them again", keys)
	}
}

func TestCoursesRequireTheirOwnHeader(t *testing.T) {
	t.Parallel()
	c := newCore(t)
	_, err := importer.Courses(t.Context(), c, by, strings.NewReader(header+"wait-1,ada,enroll\n"), importer.Options{})
	if ports.KindOf(err) != domain.ErrInvalidArgument || !strings.Contains(err.Error(), "course_id,title,capacity once; it lacks title, capacity") {
		t.Errorf("%v", err)
	}
	if len(c.commands) > 0 {
		t.Error("something was submitted")
	}
}

// Only a run with keys resumes.
func TestAdviceOfARunThatStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore(t)
		c.fail = func(int) error { return ports.ErrUnavailable }
		_, resumes := importer.Run(t.Context(), c, by, strings.NewReader(many(9)), importer.Options{})
		_, again := importer.Run(t.Context(), c, by, strings.NewReader(many(9)), importer.Options{Again: true})
		_, courses := importer.Courses(t.Context(), c, by, strings.NewReader("course_id,title,capacity\nx,X,1\n"), importer.Options{})
		for err, want := range map[error]bool{resumes: true, again: false, courses: false} {
			if err == nil || strings.Contains(err.Error(), "again to resume there") != want || !strings.Contains(err.Error(), "run the same command again") {
				t.Errorf("%v, want resumes %t", err, want)
			}
		}
	})
}
