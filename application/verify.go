package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	verifyPage     = 1000 // rows read at a time
	maxDifferences = 20   // reported per course, since one broken waitlist can change the position of thousands
)

// VerifyJournal implements [ports.Verifier]. It reads one snapshot, so it may run during updates.
func (s *Service) VerifyJournal(ctx context.Context, by ports.Actor, course domain.CourseID) (report ports.CheckReport, err error) {
	if err = knownStaff(by); err == nil && course != "" {
		err = course.Validate()
	}
	if err != nil {
		return report, err
	}
	err = s.store.Snapshot(ctx, by.Tenant, func(r ports.Reader) error {
		v := verification{ctx, r, by.Tenant, &report}
		if course == "" {
			return v.all()
		}
		return v.named(course)
	})
	return report, err
}

// A verification compares one snapshot of a tenant with its journals.
type verification struct {
	ctx    context.Context
	stored ports.Reader
	tenant domain.TenantID
	report *ports.CheckReport
}

func (v verification) all() error {
	for page := (ports.CoursePage{Limit: verifyPage}); ; {
		courses, err := v.stored.Courses(v.ctx, v.tenant, page)
		if err != nil {
			return err
		}
		for _, course := range courses {
			if err := v.course(course); err != nil {
				return err
			}
			page.After = course.ID
		}
		if len(courses) < page.Limit {
			return nil
		}
	}
}

func (v verification) named(id domain.CourseID) error {
	stored, err := v.stored.Course(v.ctx, v.tenant, id)
	if err != nil && !errors.Is(err, domain.ErrCourseNotFound) {
		return err
	}
	stored.ID = id
	before := v.report.Events
	if failed := v.course(stored); failed != nil || v.report.Events > before {
		return failed
	}
	return err
}

// course replays the journal of one course and compares the result. The part that was purged can only be restored. If the
// journal contradicts itself, there is nothing to compare.
func (v verification) course(stored domain.Course) error {
	v.report.Courses++
	replayed := domain.NewRoster(domain.Course{ID: stored.ID}, nil, nil)
	purged, err := v.stored.Purged(v.ctx, v.tenant, stored.ID)
	if err != nil {
		return err
	}
	for entry, err := range v.stored.Journal(v.ctx, v.tenant, stored.ID, 0) {
		if err != nil {
			return err
		}
		v.report.Events++
		if entry.Sequence <= purged {
			replayed.Restore(entry.Event)
		} else if err := replayed.Replay(entry.Event); err != nil {
			v.differs(stored.ID, "journal: %v", err)
			return nil
		}
	}
	if stored != replayed.Course {
		v.differs(stored.ID, "course is %+v, the journal says %+v", stored, replayed.Course)
	}
	return v.standings(replayed)
}

func (v verification) standings(replayed *domain.Roster) error {
	id := replayed.Course.ID
	known, waiting, differing := 0, 0, 0
	for page := (ports.StandingPage{Limit: verifyPage}); ; {
		standings, err := v.stored.Standings(v.ctx, v.tenant, id, page)
		if err != nil {
			return err
		}
		for _, s := range standings {
			known++
			want := ports.RankedStanding{Standing: replayed.Standing(s.Learner)}
			if want.Status == domain.Waitlisted {
				waiting++
				want.Position = waiting
			}
			if s.Sequence <= page.After || s != want {
				if differing++; differing <= maxDifferences {
					v.differs(id, "standing is %+v, the journal says %+v", s, want)
				}
			}
			page.After = s.Sequence
		}
		if len(standings) < page.Limit {
			break
		}
	}
	if differing > maxDifferences {
		v.differs(id, "%d more standings differ", differing-maxDifferences)
	}
	if known != replayed.Known() {
		v.differs(id, "%d standings, the journal says %d", known, replayed.Known())
	}
	return nil
}

func (v verification) differs(id domain.CourseID, format string, args ...any) {
	v.report.Differences = append(v.report.Differences, ports.Difference{Course: id, Detail: fmt.Sprintf(format, args...)})
}
