package application_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestVerifyFindsEachDifference(t *testing.T) {
	t.Parallel()
	spoiled := func(spoil func(*ports.Changes)) *application.Service {
		store := memstore.New()
		t.Run("intact", func(t *testing.T) { open(t, store).Given("put capacity=1; enroll ada; enroll bob; enroll cyd") })
		need := ports.Need{Tenant: staff.Tenant, Courses: []ports.NeedCourse{{ID: course, Learners: []domain.LearnerID{"bob"}}}}
		if err := store.Update(t.Context(), need, func(l ports.Loaded) (c ports.Changes, _ error) {
			c.Courses = []domain.Course{l.Rosters[0].Course}
			c.Standings = []domain.Standing{l.Rosters[0].Standing("bob")}
			spoil(&c)
			return c, nil
		}); err != nil {
			t.Fatal(err)
		}
		return application.New(store)
	}
	for _, c := range []struct {
		drift string
		spoil func(*ports.Changes)
		says  string
	}{
		{"a counter", func(c *ports.Changes) { c.Courses[0].SeatsTaken++ }, "SeatsTaken:2"},
		{"a sequence", func(c *ports.Changes) { c.Courses[0].Sequence++ }, "Sequence:5"},
		{"a standing", func(c *ports.Changes) { c.Standings[0].Status = domain.Enrolled }, "enrolled"},
		{"an enrollment", func(c *ports.Changes) { c.Standings[0].Enrollment = "other" }, "other"},
		{"a place in line", func(c *ports.Changes) { c.Standings[0].Sequence = 9 }, "Sequence:9"},
		{"a learner too many", func(c *ports.Changes) {
			c.Standings = append(c.Standings, domain.Standing{Course: course, Learner: "zoe", Status: domain.Withdrawn, Sequence: 9})
		}, "zoe"},
		{"an event too many", func(c *ports.Changes) {
			e := domain.Event{Type: domain.LearnerWithdrawn, Course: course, Sequence: 5, Learner: "zoe"}
			c.Journal = []ports.Entry{{Event: e}}
		}, "did not have the standing"},
		{"a gap", func(c *ports.Changes) {
			c.Journal = []ports.Entry{{Event: domain.Event{Type: domain.CourseClosed, Course: course, Sequence: 6}}}
		}, "must be event 5"},
	} {
		report, err := spoiled(c.spoil).VerifyJournal(t.Context(), staff, course)
		if err != nil || !strings.Contains(fmt.Sprint(report.Differences), c.says) {
			t.Errorf("%s: %+v, %v; want %q in it", c.drift, report, err, c.says)
		}
	}
	for says, spoil := range map[string]func([]ports.RankedStanding) []ports.RankedStanding{
		"2 standings, the journal says 3": func(page []ports.RankedStanding) []ports.RankedStanding { return page[1:] },
		"standing is": func(page []ports.RankedStanding) []ports.RankedStanding {
			page[0], page[1] = page[1], page[0]
			return page
		},
	} {
		store := memstore.New()
		open(t, store).Given("put capacity=3; enroll ada; enroll bob; enroll cyd")
		report, err := application.New(misread{store, spoil}).VerifyJournal(t.Context(), staff, course)
		if err != nil || !strings.Contains(fmt.Sprint(report.Differences), says) {
			t.Errorf("%+v, %v; want %q in it", report, err, says)
		}
	}
	s := application.New(memstore.New())
	if _, err := s.VerifyJournal(t.Context(), staff, "none"); !errors.Is(err, domain.ErrCourseNotFound) {
		t.Errorf("a course that does not exist: %v", err)
	}
	if report, err := s.VerifyJournal(t.Context(), staff, ""); err != nil || report.Courses != 0 {
		t.Errorf("no courses: %+v, %v", report, err)
	}
}

// Without a course, each course is verified, on several pages.
func TestVerifyAllCourses(t *testing.T) {
	t.Parallel()
	const n = 1001
	store := memstore.New()
	need := ports.Need{Tenant: staff.Tenant, Courses: make([]ports.NeedCourse, n)}
	for i := range need.Courses {
		need.Courses[i].ID = domain.CourseID(fmt.Sprintf("c-%04d", i))
	}
	if err := store.Update(t.Context(), need, func(l ports.Loaded) (c ports.Changes, _ error) {
		for _, r := range l.Rosters {
			c.Courses = append(c.Courses, domain.Course{ID: r.Course.ID, Sequence: 1}) // without an entry of the journal
		}
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	report, err := application.New(store).VerifyJournal(t.Context(), staff, "")
	if err != nil || report.Courses != n || len(report.Differences) != n || report.Differences[n-1].Course != need.Courses[n-1].ID {
		t.Errorf("%d courses, %d differences, %v; want %d of both", report.Courses, len(report.Differences), err, n)
	}
}

// Of many standings that differ, some are reported, and how many more there are.
func TestVerifyCountsFurtherDifferences(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	need := ports.Need{Tenant: staff.Tenant, Courses: []ports.NeedCourse{{ID: course}}}
	if err := store.Update(t.Context(), need, func(ports.Loaded) (c ports.Changes, _ error) {
		c.Courses = []domain.Course{{ID: course, Sequence: 25}}
		for i := range 25 {
			learner := domain.LearnerID(fmt.Sprint("l-", i))
			c.Standings = append(c.Standings, domain.Standing{Course: course, Learner: learner, Status: domain.Enrolled, Sequence: int64(i + 1)})
		}
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	report, err := application.New(store).VerifyJournal(t.Context(), staff, course)
	if n := strings.Count(fmt.Sprint(report.Differences), "standing is"); err != nil || n != 20 ||
		!strings.Contains(fmt.Sprint(report.Differences), " 5 more standings differ") {
		t.Errorf("%d standings, %+v, %v; want 20, and that 5 more differ", n, report.Differences, err)
	}
}

// misread corrupts the pages of standings of a snapshot.
type misread struct {
	ports.Store
	spoil func([]ports.RankedStanding) []ports.RankedStanding
}

func (m misread) Snapshot(ctx context.Context, tenant domain.TenantID, read func(ports.Reader) error) error {
	return m.Store.Snapshot(ctx, tenant, func(r ports.Reader) error { return read(misreader{r, m.spoil}) })
}

type misreader struct {
	ports.Reader
	spoil func([]ports.RankedStanding) []ports.RankedStanding
}

func (m misreader) Standings(ctx context.Context, t domain.TenantID, c domain.CourseID, p ports.StandingPage) ([]ports.RankedStanding, error) {
	page, err := m.Reader.Standings(ctx, t, c, p)
	return m.spoil(page), err
}
