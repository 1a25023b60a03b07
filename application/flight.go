package application

import (
	"cmp"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// maxPromotions is how many of a line one transaction loads, and so promotes at most.
const maxPromotions = 1000

// A flight is the commands of one tenant that share a transaction.
type flight struct {
	commands []ports.Command
	replies  []*ports.Reply // where each command's answer goes
	actions  int
}

// takes reports whether there is room for c.
func (f *flight) takes(c ports.Command) bool {
	return len(f.commands) == 0 ||
		f.commands[0].By.Tenant == c.By.Tenant && f.actions+len(c.Actions) <= ports.MaxActions
}

func (f *flight) board(c ports.Command, reply *ports.Reply) {
	f.commands = append(f.commands, c)
	f.replies = append(f.replies, reply)
	f.actions += len(c.Actions)
}

// need names what deciding the flight takes: of each line, one per withdrawal that may free a seat, and all that may be
// promoted where new terms may free many.
func (f *flight) need() ports.Need {
	need := ports.Need{Tenant: f.commands[0].By.Tenant}
	at := make(map[domain.CourseID]int) // where in need.Courses
	keys := make(map[ports.Key]bool)
	for _, c := range f.commands {
		if key := keyOf(c); c.Key != "" && !keys[key] {
			keys[key] = true
			need.Keys = append(need.Keys, key)
		}
		for _, a := range c.Actions {
			i, ok := at[a.On()]
			if !ok {
				i = len(need.Courses)
				at[a.On()] = i
				need.Courses = append(need.Courses, ports.NeedCourse{ID: a.On()})
			}
			n := &need.Courses[i]
			switch a := a.(type) {
			case ports.Enroll:
				n.Learners = append(n.Learners, a.Learner)
			case ports.Withdraw:
				n.Learners = append(n.Learners, a.Learner)
				n.Line = min(n.Line+1, maxPromotions)
			case ports.PutCourse:
				n.Line = maxPromotions
			}
		}
	}
	for i := range need.Courses {
		n := &need.Courses[i]
		slices.Sort(n.Learners)
		n.Learners = slices.Compact(n.Learners)
	}
	slices.SortFunc(need.Courses, func(a, b ports.NeedCourse) int { return cmp.Compare(a.ID, b.ID) })
	return need
}

func keyOf(c ports.Command) ports.Key { return ports.Key{Subject: c.By.Subject, Name: c.Key} }
