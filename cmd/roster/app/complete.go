package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/roster/adapters/cli"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

const maxCompletions = 500 // more are no help

// completeCourse returns the ids and titles of the courses whose ids begin with prefix; none if there are too many, or if they
// can't be read. It changes and creates nothing.
func (p *program) completeCourse(prefix string) (found []cobra.Completion) {
	ctx, cancel := context.WithTimeout(p.ctx, cmp.Or(p.options.Completion, 2*time.Second))
	defer cancel()
	p.ctx, p.readOnly = ctx, true
	s, err := p.open()
	if err != nil {
		return nil
	}
	courses, err := s.Service.Courses(ctx, s.By, ports.CoursePage{After: domain.CourseID(prefix), Limit: maxCompletions})
	if err != nil || len(courses) == maxCompletions && strings.HasPrefix(string(courses[maxCompletions-1].ID), prefix) {
		return nil
	}
	if exact, err := s.Service.Course(ctx, s.By, domain.CourseID(prefix)); err == nil {
		courses = slices.Insert(courses, 0, exact)
	}
	for _, c := range courses {
		id := string(c.ID)
		if flag := prefix == "" && id[0] == '-'; strings.HasPrefix(id, prefix) && !flag {
			found = append(found, cobra.CompletionWithDesc(id, cli.Escape(c.Title)))
		}
	}
	return found
}
