package application

import (
	"cmp"
	"slices"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// maxPromotions is how many of a line one transaction loads, and so promotes at most.
const maxPromotions = 1000

// A flight is the commands of one tenant that share a transaction.
type flight struct {
	load
	passengers []passenger
}

// A passenger is a command, and where its answer goes.
type passenger struct {
	ports.Command
	reply *ports.Reply
}

// A load is how much a flight has on board.
type load struct {
	tenant  domain.TenantID
	actions int
}

// takes reports whether there is room for c.
func (l load) takes(c ports.Command) bool {
	return l.actions == 0 || l.tenant == c.By.Tenant && l.actions+len(c.Actions) <= ports.MaxActions
}

func (l *load) add(c ports.Command) {
	l.tenant = c.By.Tenant
	l.actions += len(c.Actions)
}

func (f *flight) board(c ports.Command, reply *ports.Reply) {
	f.add(c)
	f.passengers = append(f.passengers, passenger{c, reply})
}

// need names what deciding the flight takes: of each line, one per withdrawal that may free a seat, and all that may be
// promoted where new terms may free many.
func (f *flight) need() ports.Need {
	need := ports.Need{Tenant: f.tenant, Courses: make([]ports.NeedCourse, 0, f.actions)}
	for _, p := range f.passengers {
		if p.Key != "" {
			need.Keys = append(need.Keys, keyOf(p.Command))
		}
		for _, a := range p.Actions {
			need.Courses = append(need.Courses, needOf(a))
		}
	}
	slices.SortFunc(need.Keys, compareKeys)
	need.Keys = slices.Compact(need.Keys)
	slices.SortFunc(need.Courses, func(a, b ports.NeedCourse) int { return cmp.Compare(a.ID, b.ID) })
	need.Courses = merge(need.Courses)
	return need
}

// needOf is what one action takes.
func needOf(a ports.Action) ports.NeedCourse {
	switch a := a.(type) {
	case ports.Enroll:
		return ports.NeedCourse{ID: a.Course, Learners: []domain.LearnerID{a.Learner}}
	case ports.Withdraw:
		return ports.NeedCourse{ID: a.Course, Learners: []domain.LearnerID{a.Learner}, FirstWaiting: 1}
	default:
		return ports.NeedCourse{ID: a.CourseID(), FirstWaiting: maxPromotions}
	}
}

// merge makes one need of those that stand beside each other for one course.
func merge(needs []ports.NeedCourse) []ports.NeedCourse {
	merged := needs[:0]
	for _, n := range needs {
		last := len(merged) - 1
		if last < 0 || merged[last].ID != n.ID {
			merged = append(merged, n)
			continue
		}
		merged[last].Learners = append(merged[last].Learners, n.Learners...)
		merged[last].FirstWaiting = min(merged[last].FirstWaiting+n.FirstWaiting, maxPromotions)
	}
	for i := range merged {
		slices.Sort(merged[i].Learners)
		merged[i].Learners = slices.Compact(merged[i].Learners)
	}
	return merged
}

func keyOf(c ports.Command) ports.IdempotencyKey {
	return ports.IdempotencyKey{Subject: c.By.Subject, Name: c.Key}
}

func compareKeys(a, b ports.IdempotencyKey) int {
	return cmp.Or(strings.Compare(a.Subject, b.Subject), strings.Compare(a.Name, b.Name))
}
