package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Service returns s, observed: a span and a duration for each call, and for each command and action what came of it.
func (t *Telemetry) Service(s ports.Service) ports.Service { return service{s, t} }

type service struct {
	next ports.Service
	*Telemetry
}

func (s service) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	actions := 0
	for _, c := range commands {
		actions += len(c.Actions)
	}
	ctx, end := s.watch(ctx, s.calls, "service", "submit",
		attribute.Int("roster.commands", len(commands)), attribute.Int("roster.actions", actions))
	replies := s.next.Submit(ctx, commands...)
	var worst error
	for i, r := range replies {
		s.tell(ctx, commands[i], r)
		if k := ports.KindOf(r.Err); worst == nil || k == ports.ErrUnavailable || k == ports.ErrInternal {
			worst = r.Err
		}
	}
	end(worst)
	s.submitted.Record(ctx, int64(actions))
	return replies
}

// tell counts what came of a command, and of its actions unless they were counted when they were first done.
func (s service) tell(ctx context.Context, c ports.Command, r ports.Reply) {
	switch {
	case r.Err != nil:
		s.commands.Add(ctx, 1, commandLabels.of(came{string(ports.KindOf(r.Err))}))
		return
	case r.Replayed:
		s.commands.Add(ctx, 1, commandLabels.of(came{"replayed"}))
		return
	}
	s.commands.Add(ctx, 1, commandLabels.of(came{"done"}))
	counted := make(map[decided]int64)
	for i, o := range r.Outcomes {
		counted[decisionOn(c.Actions[i], o)]++
		if len(o.Promoted) > 0 {
			counted[decided{"serve", "promoted"}] += int64(len(o.Promoted))
		}
	}
	for d, n := range counted {
		s.decisions.Add(ctx, n, decisionLabels.of(d))
	}
}

// decisionOn names an action and what it led to.
func decisionOn(a ports.Action, o ports.Outcome) decided {
	d := decided{outcome: string(o.Standing.Status)}
	switch a.(type) {
	case ports.Enroll:
		d.action = "enroll"
	case ports.Withdraw:
		d.action = "withdraw"
	case ports.PutCourse:
		d.action, d.outcome = "put", "kept"
		if o.Created {
			d.outcome = "created"
		}
	}
	if o.Refused != "" {
		d.outcome = string(o.Refused)
	}
	return d
}

func (s service) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (found domain.Course, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "course")
	defer func() { end(err) }()
	return s.next.Course(ctx, by, id)
}

func (s service) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) (found []domain.Course, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "courses")
	defer func() { end(err) }()
	return s.next.Courses(ctx, by, page)
}

func (s service) Standing(
	ctx context.Context, by ports.Actor, course domain.CourseID, learner domain.LearnerID,
) (found ports.RankedStanding, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "standing")
	defer func() { end(err) }()
	return s.next.Standing(ctx, by, course, learner)
}

func (s service) Standings(
	ctx context.Context, by ports.Actor, course domain.CourseID, page ports.StandingPage,
) (found []ports.RankedStanding, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "standings")
	defer func() { end(err) }()
	return s.next.Standings(ctx, by, course, page)
}

func (s service) VerifyJournal(ctx context.Context, by ports.Actor, course domain.CourseID) (report ports.CheckReport, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "check")
	defer func() { end(err) }()
	return s.next.VerifyJournal(ctx, by, course)
}

func (s service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (forgotten ports.Forgotten, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "forget")
	defer func() { end(err) }()
	return s.next.Forget(ctx, by, learner)
}

func (s service) Expire(ctx context.Context) (removed int, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "expire")
	defer func() { end(err) }()
	return s.next.Expire(ctx)
}

func (s service) Purge(ctx context.Context) (removed int, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "purge")
	defer func() { end(err) }()
	return s.next.Purge(ctx)
}

func (s service) Republish(ctx context.Context, by ports.Actor, since time.Time) (events int, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "republish")
	defer func() { end(err) }()
	return s.next.Republish(ctx, by, since)
}

func (s service) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) (err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "bury")
	defer func() { end(err) }()
	return s.next.PutDeadLetters(ctx, by, letters)
}

func (s service) ListDeadLetters(ctx context.Context, by ports.Actor, page ports.DeadLetterPage) (found []ports.DeadLetter, err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "dead_letters")
	defer func() { end(err) }()
	return s.next.ListDeadLetters(ctx, by, page)
}

func (s service) DeleteDeadLetters(ctx context.Context, by ports.Actor, ids []string) (err error) {
	ctx, end := s.watch(ctx, s.calls, "service", "settle")
	defer func() { end(err) }()
	return s.next.DeleteDeadLetters(ctx, by, ids)
}
