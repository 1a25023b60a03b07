package proof_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/application"
	"example.com/roster/cmd/example/occupancy/projection"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Ids of courses as schools have them, and the longest one.
var schoolCourses = []domain.CourseID{
	"go-101", "course-v1:MITx+6.00.1x+2T2024", "453c1c1.S1.592", "CS 115 (A)", "2024FA/MATH-101", "Español I", "数学 101", "*", ">", "=20",
	domain.CourseID(strings.Repeat("/", 255)),
}

// Commands on a course of any name are done, and its events are published, and published again, so that a consumer has them once. A
// learner with another id changes no counts.
func TestCoursesOfAnyName(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		var puts []ports.Action
		for _, id := range schoolCourses {
			puts = append(puts, ports.PutCourse{Course: id, Settings: domain.Settings{Title: new("T"), Capacity: new(1)}})
		}
		if r := application.New(s.open(t)).Submit(t.Context(), ports.Command{By: staff, Actions: puts})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		s.start(t, new(bytes.Buffer), "--log-level", "error")
		_, js := jetStream(t, s.embeddedBroker(t))
		for _, id := range schoolCourses {
			for _, learner := range []string{"ada", "bob"} {
				body := fmt.Appendf(nil, `{"action":"enroll","courseId":%q,"learnerId":%q,"key":%q}`, id, learner, string(id)+learner)
				subject := fmt.Sprintf("roster.commands.%s.%d", tenant, ports.PartitionOf(id))
				if _, err := js.Publish(t.Context(), subject, body, untilThere); err != nil {
					t.Fatal(err)
				}
			}
		}
		projector, err := projection.Open(t.Context(), filepath.Join(t.TempDir(), "occupancy.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer projector.Close()
		for round, more := range [][]string{nil, {"repair", "--republish", "1h"}, {"rename", "ada", "zoe"}} {
			if more != nil {
				s.must(t, "", more...)
			}
			queueEmpty(t, js)
			s.published(t)
			if err := projector.CatchUp(t.Context(), js); err != nil {
				t.Fatal(err)
			}
			rows, err := projector.Rows(t.Context())
			if err != nil || len(rows) != len(schoolCourses) {
				t.Fatalf("%+v, %v: want %d courses", rows, err, len(schoolCourses))
			}
			for _, r := range rows {
				if r.Enrolled != 1 || r.Waitlisted != 1 || r.Sequence != int64(3+round/2) || r.Waiting != 0 {
					t.Errorf("after %q: %+v", more, r)
				}
			}
		}
		events := publishedEvents(t, s.embeddedBroker(t))
		for _, id := range schoolCourses {
			if all := events[string(id)]; len(all) != 4 || all[3].Type != "learner.renamed" {
				t.Errorf("%q has the events %+v", id, all)
			}
		}
	})
}
