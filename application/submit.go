package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Submit implements [ports.Commands]. Neighbours of one tenant share a transaction.
//
// A change may leave a course behind, with a free seat and a line, because one transaction promotes only so many. Submit
// then goes on, a transaction at a time, and answers when the line is served; others may enroll meanwhile, at its end.
func (s *Service) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	replies := make([]ports.Reply, len(commands))
	var f flight
	for i, c := range commands {
		if err := admit(c); err != nil {
			replies[i].Err = err
			continue
		}
		if !f.takes(c) {
			s.fly(ctx, f)
			f = flight{}
		}
		if c.Correlation == "" {
			c.Correlation = s.ids.New()
		}
		f.board(c, &replies[i])
	}
	if len(f.passengers) > 0 {
		s.fly(ctx, f)
	}
	return replies
}

// fly runs f in one transaction, answers its commands, and serves the lines that it left behind.
func (s *Service) fly(ctx context.Context, f flight) {
	d, err := s.transact(ctx, f, nil)
	for i, p := range f.passengers {
		if err != nil {
			p.reply.Err = whyNot(ctx, p.Command, err)
		} else {
			*p.reply = d.replies[i]
		}
	}
	if err != nil {
		return
	}
	if behind := d.behind(); len(behind) > 0 {
		s.serve(context.WithoutCancel(ctx), f, behind)
	}
}

// transact does a flight, with those who come along late, in one transaction.
func (s *Service) transact(ctx context.Context, f flight, late func() []ports.Command) (*decision, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	d := &decision{service: s, flight: f, need: f.need(), late: late}
	return d, s.store.Update(ctx, d.need, d.decide)
}

// serve puts nothing to the courses that are behind, which promotes as many as one transaction may, until none is. Where
// it fails, the next change to the course goes on.
func (s *Service) serve(ctx context.Context, cause flight, behind []domain.CourseID) {
	for len(behind) > 0 {
		f := flight{}
		for _, id := range behind[:min(len(behind), ports.MaxActions)] {
			f.board(putNothing(id, cause.passengers[0].Command), nil)
		}
		d, err := s.transact(ctx, f, nil)
		if err != nil {
			return
		}
		behind = append(d.behind(), behind[len(f.passengers):]...)
	}
}

// putNothing is the command that puts nothing to a course, and so serves its line, as a part of what made that due.
func putNothing(id domain.CourseID, cause ports.Command) ports.Command {
	return ports.Command{
		By: cause.By, Correlation: cause.Correlation, Trace: cause.Trace, Actions: []ports.Action{ports.PutCourse{Course: id}},
	}
}

// whyNot tells a caller what a failed transaction means to him. One who left before he was answered can't know whether the
// first command under his key has ended.
func whyNot(ctx context.Context, c ports.Command, err error) error {
	if c.Key != "" && ctx.Err() != nil && errors.Is(err, ports.ErrUnavailable) {
		return fmt.Errorf("submit: %w: %w", ports.ErrInProgress, ctx.Err())
	}
	return fmt.Errorf("submit: %w", err)
}
