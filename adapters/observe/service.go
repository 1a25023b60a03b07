package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Service returns s, instrumented: a span and a duration for each call, and counts of the results of commands and actions. If
// the span is sent, it becomes the Trace of the commands, so that their events continue it.
func (t *Telemetry) Service(s ports.Service) ports.Service {
	return service{s, port{t, "service", t.calls}}
}

type service struct {
	next ports.Service
	port
}

// Methods of [ports.Commands].

func (s service) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	actions := 0
	for _, c := range commands {
		actions += len(c.Actions)
	}
	ctx, c := s.instrument(ctx, "submit",
		attribute.Int("roster.commands", len(commands)), attribute.Int("roster.actions", actions))
	replies := s.next.Submit(ctx, c.carriedBy(ctx, commands)...)
	var worst error
	for i, r := range replies {
		s.count(commands[i], r)
		if k := ports.KindOf(r.Err); worst == nil || k == ports.ErrUnavailable || k == ports.ErrInternal {
			worst = r.Err
		}
	}
	c.end(worst)
	s.submitted.WithLabelValues().Observe(float64(actions))
	return replies
}

// count counts the result of a command. It counts the results of its actions only for the first run: not for a replay.
func (s service) count(c ports.Command, r ports.Reply) {
	switch {
	case r.Err != nil:
		s.commands.WithLabelValues(string(ports.KindOf(r.Err))).Inc()
		return
	case r.Replayed:
		s.commands.WithLabelValues("replayed").Inc()
		return
	}
	s.commands.WithLabelValues("done").Inc()
	first := 0
	if _, refused := r.All(); c.AllOrNothing && refused != nil {
		first = len(r.Outcomes) - 1 // the others are undone
	}
	for i, o := range r.Outcomes[first:] {
		s.decisions.WithLabelValues(c.Actions[first+i].Name(), resultOf(o)).Inc()
		if len(o.Promoted) > 0 {
			s.decisions.WithLabelValues("serve", "promoted").Add(float64(len(o.Promoted)))
		}
	}
}

// resultOf returns the result of an action: a refusal, the new status, or what happened to the course.
func resultOf(o ports.Outcome) string {
	switch {
	case o.Refused != "":
		return string(o.Refused)
	case o.Created:
		return "created"
	case o.Standing.Status != "":
		return string(o.Standing.Status)
	}
	return "kept"
}

// Methods of [ports.Queries].

func (s service) Course(ctx context.Context, by ports.Actor, id domain.CourseID) (domain.Course, error) {
	return call2(ctx, s.port, "course", s.next.Course, by, id)
}

func (s service) Courses(ctx context.Context, by ports.Actor, page ports.CoursePage) ([]domain.Course, error) {
	return call2(ctx, s.port, "courses", s.next.Courses, by, page)
}

func (s service) Standing(
	ctx context.Context, by ports.Actor, course domain.CourseID, learner domain.LearnerID,
) (ports.RankedStanding, error) {
	return call3(ctx, s.port, "standing", s.next.Standing, by, course, learner)
}

func (s service) Standings(
	ctx context.Context, by ports.Actor, course domain.CourseID, page ports.StandingPage,
) ([]ports.RankedStanding, error) {
	return call3(ctx, s.port, "standings", s.next.Standings, by, course, page)
}

func (s service) LearnerStandings(
	ctx context.Context, by ports.Actor, learner domain.LearnerID, page ports.LearnerPage,
) ([]ports.RankedStanding, error) {
	return call3(ctx, s.port, "learner_standings", s.next.LearnerStandings, by, learner, page)
}

// Methods of [ports.Verifier].

func (s service) VerifyJournal(ctx context.Context, by ports.Actor, course domain.CourseID) (ports.CheckReport, error) {
	return call2(ctx, s.port, "check", s.next.VerifyJournal, by, course)
}

// Methods of [ports.Maintenance].

func (s service) Expire(ctx context.Context) (int, error) {
	return call0(ctx, s.port, "expire", s.next.Expire)
}

func (s service) Purge(ctx context.Context) (int, error) {
	return call0(ctx, s.port, "purge", s.next.Purge)
}

func (s service) Republish(ctx context.Context, by ports.Actor, since time.Time) (int, error) {
	return call2(ctx, s.port, "republish", s.next.Republish, by, since)
}

func (s service) Forget(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.Forgotten, error) {
	return call2(ctx, s.port, "forget", s.next.Forget, by, learner)
}

func (s service) About(ctx context.Context, by ports.Actor, learner domain.LearnerID) (ports.PersonalData, error) {
	return call2(ctx, s.port, "about", s.next.About, by, learner)
}

func (s service) Rename(ctx context.Context, by ports.Actor, from, to domain.LearnerID) (int, error) {
	return call3(ctx, s.port, "rename", s.next.Rename, by, from, to)
}

// Methods of [ports.DeadLetters].

func (s service) PutDeadLetters(ctx context.Context, by ports.Actor, letters []ports.DeadLetter) error {
	return run2(ctx, s.port, "bury", s.next.PutDeadLetters, by, letters)
}

func (s service) ListDeadLetters(ctx context.Context, by ports.Actor, page ports.DeadLetterPage) ([]ports.DeadLetter, error) {
	return call2(ctx, s.port, "dead_letters", s.next.ListDeadLetters, by, page)
}

func (s service) DeleteDeadLetters(ctx context.Context, by ports.Actor, ids []string) error {
	return run2(ctx, s.port, "settle", s.next.DeleteDeadLetters, by, ids)
}
