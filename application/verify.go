package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	checkPage      = 1000 // rows read at a time
	maxDifferences = 20   // told of one course; one broken line can put thousands out of place
)

// Check implements [ports.Verifier], on one snapshot, so that it may run while others write.
func (s *Service) VerifyJournal(ctx context.Context, by ports.Actor, course domain.CourseID) (report ports.CheckReport, err error) {
	if err := knownStaff(by); err != nil {
		return report, err
	}
	if course != "" {
		if err := course.Validate(); err != nil {
			return report, err
		}
	}
	err = s.store.Snapshot(ctx, by.Tenant, func(r ports.Reader) error {
		check := check{ctx, r, by.Tenant, &report}
		if course == "" {
			return check.all()
		}
		return check.named(course)
	})
	return report, err
}

// A check holds one snapshot of a tenant against its journal.
type check struct {
	ctx    context.Context
	stored ports.Reader
	tenant domain.TenantID
	report *ports.CheckReport
}

func (c check) all() error {
	page := ports.CoursePage{Limit: checkPage}
	for {
		courses, err := c.stored.Courses(c.ctx, c.tenant, page)
		if err != nil {
			return err
		}
		for _, course := range courses {
			if err := c.course(course); err != nil {
				return err
			}
			page.After = course.ID
		}
		if len(courses) < page.Limit {
			return nil
		}
	}
}

func (c check) named(id domain.CourseID) error {
	stored, err := c.stored.Course(c.ctx, c.tenant, id)
	if err != nil && !errors.Is(err, domain.ErrCourseNotFound) {
		return err
	}
	missing := err
	stored.ID = id
	before := c.report.Events
	if err := c.course(stored); err != nil {
		return err
	}
	if missing != nil && c.report.Events == before {
		return missing
	}
	return nil
}

// course folds the journal of one course, the snapshot that a purge left first, and compares. Where the journal itself makes no sense there is nothing to compare.
func (c check) course(stored domain.Course) error {
	c.report.Courses++
	told := domain.NewRoster(domain.Course{ID: stored.ID}, nil, nil)
	purged, err := c.stored.Purged(c.ctx, c.tenant, stored.ID)
	if err != nil {
		return err
	}
	for entry, err := range c.stored.Journal(c.ctx, c.tenant, stored.ID, 0) {
		if err != nil {
			return err
		}
		c.report.Events++
		if entry.Sequence <= purged {
			told.Restore(entry.Event)
		} else if err := told.Replay(entry.Event); err != nil {
			c.differs(stored.ID, "journal: %v", err)
			return nil
		}
	}
	if stored != told.Course {
		c.differs(stored.ID, "course is %+v, the journal says %+v", stored, told.Course)
	}
	return c.standings(told)
}

func (c check) standings(told *domain.Roster) error {
	id := told.Course.ID
	known, waiting, wrong := 0, 0, 0
	page := ports.StandingPage{Limit: checkPage}
	for {
		standings, err := c.stored.Standings(c.ctx, c.tenant, id, page)
		if err != nil {
			return err
		}
		for _, s := range standings {
			known++
			want := ports.RankedStanding{Standing: told.Standing(s.Learner)}
			if want.Status == domain.Waitlisted {
				waiting++
				want.Position = waiting
			}
			if s.Sequence <= page.After || !same(s, want) {
				if wrong++; wrong <= maxDifferences {
					c.differs(id, "standing is %+v, the journal says %+v", s, want)
				}
			}
			page.After = s.Sequence
		}
		if len(standings) < page.Limit {
			break
		}
	}
	if wrong > maxDifferences {
		c.differs(id, "%d more standings differ", wrong-maxDifferences)
	}
	if known != told.Known() {
		c.differs(id, "%d standings, the journal says %d", known, told.Known())
	}
	return nil
}

func same(a, b ports.RankedStanding) bool {
	at := a.Since.Equal(b.Since)
	a.Since = b.Since
	return at && a == b
}

func (c check) differs(id domain.CourseID, format string, args ...any) {
	c.report.Differences = append(c.report.Differences, ports.Difference{Course: id, Detail: fmt.Sprintf(format, args...)})
}
