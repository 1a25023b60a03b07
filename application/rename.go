package application

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Rename implements [ports.Erasure]. It renames on [ports.MaxActions] courses in one transaction, until from has no standing: the learner
// may also enroll meanwhile.
func (s *Service) Rename(ctx context.Context, by ports.Actor, from, to domain.LearnerID) (renamed int, err error) {
	if err := cmp.Or(knownStaff(by), from.Validate(), to.ValidateNew(), s.hasErasure()); err != nil {
		return 0, err
	}
	if from == to {
		return 0, &domain.Violation{Field: "learnerId", Detail: "must change, got the same id twice"}
	}
	for last := (ports.RankedStanding{}); ; {
		standings, err := s.erasure.LearnerStandings(ctx, by.Tenant, from, ports.LearnerPage{Limit: ports.MaxActions})
		switch {
		case err != nil, len(standings) == 0 && renamed > 0:
			return renamed, err
		case len(standings) == 0:
			return 0, fmt.Errorf("%w: no enrollment is stored under the id %s", ports.ErrNotFound, from)
		case standings[0] == last:
			return 0, fmt.Errorf("%w: the store has not renamed %+v", ports.ErrInternal, last)
		}
		last = standings[0]
		need := ports.Need{Tenant: by.Tenant}
		for _, standing := range standings {
			need.Courses = append(need.Courses, ports.NeedCourse{ID: standing.Course, Learners: []domain.LearnerID{min(from, to), max(from, to)}})
		}
		n, err := s.rename(ctx, need, from, to)
		if renamed += n; err != nil {
			return renamed, err
		}
	}
}

// rename renames the learner on the courses of need in one transaction, except if another call has.
func (s *Service) rename(ctx context.Context, need ports.Need, from, to domain.LearnerID) (renamed int, err error) {
	correlation := s.ids.New()
	err = s.store.Update(ctx, need, func(loaded ports.Loaded) (changes ports.Changes, _ error) {
		at := s.clock.Now().UTC().Truncate(time.Microsecond)
		var both []string
		for _, r := range loaded.Rosters {
			switch r.Rename(from, to, at) {
			case nil:
				changes.Courses = append(changes.Courses, r.Course)
				changes.Renamed = append(changes.Renamed, ports.RenamedStanding{Course: r.Course.ID, From: from, To: to})
				changes.Journal = append(changes.Journal, ports.Entry{ID: s.ids.New(), Correlation: correlation, Event: r.Events()[0]})
			case domain.ErrAlreadyExists:
				both = append(both, strconv.Quote(string(r.Course.ID)))
			}
		}
		if len(both) > 0 {
			return changes, fmt.Errorf("%w: both ids have held something on %s", domain.ErrAlreadyExists, strings.Join(both, ", "))
		}
		renamed = len(changes.Courses)
		return changes, nil
	})
	if err != nil {
		return 0, err
	}
	return renamed, nil
}
