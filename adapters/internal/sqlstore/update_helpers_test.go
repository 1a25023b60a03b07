package sqlstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const tenant domain.TenantID = "t"

var at = time.Date(2026, 2, 3, 4, 5, 6, 123456000, time.UTC)

// change saves what act does to a course, with these learners and its waitlist loaded.
func change(
	ctx context.Context, s ports.Store, id domain.CourseID, act func(*domain.Roster), learners ...domain.LearnerID,
) error {
	need := ports.Need{Tenant: tenant, Courses: []ports.NeedCourse{{ID: id, Learners: learners, FirstWaiting: 1000}}}
	return s.Update(ctx, need, func(l ports.Loaded) (ports.Changes, error) {
		r := l.Rosters[0]
		act(r)
		return changes(r), nil
	})
}

// changes returns the changes of a roster. As in production, the ids of entries differ from run to run.
func changes(r *domain.Roster) ports.Changes {
	c := ports.Changes{Courses: []domain.Course{r.Course}}
	last := make(map[domain.LearnerID]domain.Standing)
	for _, e := range r.Events() {
		c.Journal = append(c.Journal, ports.Entry{ID: fmt.Sprintf("%s-%d-%d", e.Course, e.Sequence, time.Now().UnixNano()), Event: e})
		switch {
		case e.Type == domain.LearnerRenamed:
			c.Renamed = append(c.Renamed, ports.RenamedStanding{Course: e.Course, From: e.Previous, To: e.Learner})
		case e.Learner != "":
			last[e.Learner] = e.Standing()
		}
	}
	for _, e := range r.Events() {
		if s, ok := last[e.Learner]; ok && s.Sequence == e.Sequence {
			c.Standings = append(c.Standings, s)
		}
	}
	return c
}

// put creates the course or sets its capacity.
func put(capacity int) func(*domain.Roster) {
	return func(r *domain.Roster) {
		if _, err := r.Put(domain.Settings{Title: new("Go"), Capacity: &capacity}, at); err != nil {
			panic(err)
		}
	}
}

// grow adds a seat. It creates the course with one.
func grow(r *domain.Roster) { put(r.Course.Capacity + 1)(r) }

func enroll(learners ...domain.LearnerID) func(*domain.Roster) {
	return func(r *domain.Roster) {
		for _, l := range learners {
			if _, err := r.Enroll(l, domain.EnrollmentID("e-"+l), false, at); err != nil {
				panic(err)
			}
		}
	}
}

func withdraw(learners ...domain.LearnerID) func(*domain.Roster) {
	return func(r *domain.Roster) {
		for _, l := range learners {
			if _, err := r.Withdraw(l, "", at); err != nil {
				panic(err)
			}
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
