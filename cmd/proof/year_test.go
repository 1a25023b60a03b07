package proof_test

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The year of real registrations, one command at a time over HTTP, has the result of an independent model of the rules. The short form
// sends the first rows to a store in memory, and compares the result with that of the core.
func TestYearOverHTTP(t *testing.T) {
	t.Parallel()
	kinds := []string{"memory"}
	if long {
		kinds = []string{"memory", "sqlite", "postgres"}
	}
	on(t, kinds, func(t *testing.T, s system) {
		rows := sampleRows(t)
		s.submit(t, sampleCourses())
		if long {
			if got, want := yearOverHTTP(t, s, rows), sample.Expected().Outcomes; !maps.Equal(got, want) {
				t.Errorf("outcomes are %v, want %v", got, want)
			}
			requireYear(t, s)
			return
		}
		beginning := min(3_000, len(rows)/2)
		yearOverHTTP(t, s, rows[:beginning])
		core := newSystem(t, "memory")
		core.submit(t, sampleCourses())
		core.submit(t, actionsOf(rows[:beginning]))
		if got, want := dump(t, s.open(t)), dump(t, core.open(t)); got != want {
			t.Errorf("the results over HTTP and in the core differ in %s", firstDifference(got, want))
		}
		s.mustCheck(t)
	})
}

// yearOverHTTP sends the rows one after another, and counts their outcomes.
func yearOverHTTP(t *testing.T, s system, rows [][]string) map[string]int {
	c := s.client(t)
	outcomes := make(map[string]int)
	for _, row := range rows {
		method, path, body := "POST", "/v1/courses/"+row[0]+"/enrollments", `{"learnerId":"`+row[1]+`"}`
		if row[2] == "withdraw" {
			method, path, body = "DELETE", path+"/"+url.PathEscape(row[1]), ""
		}
		var a answer
		_, _, content, err := c.do(method, path, "", body)
		if err != nil || json.Unmarshal(content, &a) != nil {
			t.Fatalf("%s %s: %v, %s", method, path, err, content)
		}
		code, _, promoted := strings.Cut(a.code(), "+")
		outcomes[code]++
		if promoted {
			outcomes["promoted"]++
		}
	}
	return outcomes
}

// requireYear requires the expected result of the year: events by type, and the seats and the waitlist of every course.
func requireYear(t *testing.T, s system) {
	t.Helper()
	s.mustCheck(t)
	store, want := s.open(t), sample.Expected()
	events := make(map[string]int)
	for id, course := range want.Courses {
		for e, err := range store.Journal(t.Context(), tenant, domain.CourseID(id), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(e.Type), "learner.") {
				events[string(e.Type)]++
			}
		}
		enrolled := names(allStandings(t, store, domain.CourseID(id), domain.Enrolled))
		slices.Sort(enrolled)
		if !slices.Equal(enrolled, course.Enrolled) {
			t.Errorf("%s: %d enrolled, want %d, or the learners differ", id, len(enrolled), len(course.Enrolled))
		}
		if waiting := names(allStandings(t, store, domain.CourseID(id), domain.Waitlisted)); !slices.Equal(waiting, course.Waitlisted) {
			t.Errorf("%s: the waitlist has another order or length: %d, want %d", id, len(waiting), len(course.Waitlisted))
		}
	}
	if !maps.Equal(events, want.Events) {
		t.Errorf("events are %v, want %v", events, want.Events)
	}
}

func names(standings []ports.RankedStanding) []string {
	names := make([]string, len(standings))
	for i, s := range standings {
		names[i] = string(s.Learner)
	}
	return names
}

// sampleCourses returns the actions that create the courses of the year.
func sampleCourses() (actions []ports.Action) {
	courses := sample.Expected().Courses
	for _, id := range slices.Sorted(maps.Keys(courses)) {
		c := courses[id]
		actions = append(actions, ports.PutCourse{Course: domain.CourseID(id), Settings: domain.Settings{
			Title: &id, Capacity: &c.Capacity, WaitlistEnabled: &c.Waitlist,
		}})
	}
	return actions
}

// actionsOf returns the action of each row.
func actionsOf(rows [][]string) (actions []ports.Action) {
	for _, row := range rows {
		course, learner := domain.CourseID(row[0]), domain.LearnerID(row[1])
		if row[2] == "withdraw" {
			actions = append(actions, ports.Withdraw{Course: course, Learner: learner})
		} else {
			actions = append(actions, ports.Enroll{Course: course, Learner: learner})
		}
	}
	return actions
}

// sampleRows returns the commands of the year: course, learner, action.
func sampleRows(t testing.TB) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(sample.Commands()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
