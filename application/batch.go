package application

import (
	"cmp"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxPromotions = 1000 // waiting learners of a course that one transaction loads, and so promotes at most

// A batch is the commands of one tenant that share a transaction.
type batch struct {
	tenant  domain.TenantID
	actions int
	pending []*pending
}

// fits reports whether the command may be added: it is of the batch's tenant, and not too large.
func (b *batch) fits(c *ports.Command) bool {
	return b.actions == 0 || b.tenant == c.By.Tenant && b.actions+len(c.Actions) <= ports.MaxActions
}

func (b *batch) add(p *pending) {
	b.tenant = p.By.Tenant
	b.actions += len(p.Actions)
	b.pending = append(b.pending, p)
}

// halves returns two batches of half the commands each, in order.
func (b *batch) halves() (first, second *batch) {
	halves := [2]*batch{{}, {}}
	for i, p := range b.pending {
		halves[2*i/len(b.pending)].add(p)
	}
	return halves[0], halves[1]
}

// promotion returns a command that changes no terms of a course, and so only promotes. It has the correlation of the last command there.
func (b *batch) promotion(on ports.CourseRef) *ports.Command {
	var last *pending
	for _, p := range b.pending {
		if p.names(func(c ports.CourseRef) bool { return c == on }) {
			last = p
		}
	}
	return &ports.Command{By: last.By, Correlation: last.Correlation, Trace: last.Trace, Actions: []ports.Action{ports.PutCourse{Course: on.Course}}}
}

// need returns what the decision on the batch has to know.
func (b *batch) need() ports.Need {
	need := ports.Need{Tenant: b.tenant, Courses: make([]ports.NeedCourse, 0, b.actions)}
	for _, p := range b.pending {
		if p.Key != "" {
			need.Keys = append(need.Keys, keyOf(p.Command))
		}
		for _, a := range p.Actions {
			need.Courses = append(need.Courses, ports.NeedCourse{
				ID: a.CourseID(), Learners: a.Learners(), FirstWaiting: min(a.MaxPromotions(), maxPromotions),
			})
		}
	}
	slices.SortFunc(need.Keys, compareKeys)
	need.Keys = slices.Compact(need.Keys)
	slices.SortFunc(need.Courses, func(a, b ports.NeedCourse) int { return cmp.Compare(a.ID, b.ID) })
	need.Courses = merge(need.Courses)
	return need
}

// merge makes one need of all that name the same course; needs are in order of course.
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

func in(courses []ports.CourseRef) func(ports.CourseRef) bool {
	return func(c ports.CourseRef) bool { return slices.Contains(courses, c) }
}
