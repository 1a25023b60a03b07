package importer

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// SyncOptions are the options of [Sync].
type SyncOptions struct {
	Options
	Courses        []domain.CourseID // are of the file, even if no row names them
	MaxWithdrawals Limit             // a percentage is of the learners who are live on the file's courses
	AllowUnnamed   bool              // withdraw those who are in no readable row, even if it is not known whom a row names
}

// A Simulation is a copy of the core as of one moment, in which commands can be tried.
type Simulation interface {
	ports.Commands
	Course(context.Context, ports.Actor, domain.CourseID) (domain.Course, error)
	Standings(context.Context, ports.Actor, domain.CourseID, ports.StandingPage) ([]ports.RankedStanding, error)
}

// Sync makes the file's rows and the live standings of its courses equal: the file is complete. It reads the file, plans the changes in
// a simulation, and then submits them, each course by commands that do all or nothing and expect the course as it was planned.
//
// A learner is live if the last row about them says so; earlier rows about them are unchanged. Learners in no row are withdrawn, unless
// an invalid row names them. A course that does not exist rejects its rows. What the rules refuse is rejected, too.
//
// If the file has no rows, or one of which it is not known whom it names, or the plan withdraws more than it may, nothing is changed.
// A course that has changed since the plan stops the run with [ports.ErrPreconditionFailed]. Running it again plans again, so a run
// that was stopped needs no key to resume.
func Sync(
	ctx context.Context, commands ports.Commands, simulate func(context.Context, func(Simulation) error) error, by ports.Actor,
	in io.Reader, options SyncOptions,
) (_ Summary, err error) {
	start := time.Now()
	j := &job{schema: enrollments, by: by}
	j.action = enrollmentAction
	j.summary.Outcomes, j.summary.DryRun = map[string]int{}, options.DryRun
	file, remove, err := spool(in)
	if err != nil {
		return j.summary, err
	}
	defer remove()
	p := &syncPlan{by: by, courses: map[domain.CourseID]*planned{}, spared: map[member]bool{}}
	if err := j.eachRow(file, options.Options, p.add); err != nil {
		return j.summary, err
	}
	if j.rows.ofRejects() {
		return j.summary, &domain.Violation{Field: "file", Detail: "has the rejects of another one, and is never complete: import it without --sync"}
	}
	if err := p.checkNamed(); err != nil && !options.AllowUnnamed {
		return j.summary, err
	}
	if err := j.rows.noneUsed(p.rows); err != nil {
		return j.summary, err
	}
	sum, notes := j.rows.sum(), j.rows.notes
	if err := p.addCourses(options); err != nil {
		return j.summary, err
	}
	for course := range j.rows.skipped {
		if p.courses[domain.CourseID(course)] == nil {
			notes.SkippedCourses++
		}
	}
	err = simulate(ctx, func(s Simulation) error { return p.make(ctx, s, options.MaxWithdrawals) })
	if err == nil {
		err = p.missing(options.Courses)
	}
	if err != nil {
		return j.summary, err
	}
	if j.rejects, err = j.createRejects(options.Options); err != nil {
		return j.summary, err
	}
	err = p.run(ctx, commands, options, &j.summary)
	if _, seeked := file.Seek(0, io.SeekStart); seeked != nil {
		return j.summary, cmp.Or(err, seeked, j.rejects.close(true))
	}
	j.summary.Unchanged = new(int)
	reported := j.eachRow(file, options.Options, func(r row) { j.report(p, r) })
	if ports.KindOf(reported) == domain.ErrInvalidArgument || reported == nil && j.rows.sum() != sum { // its header was valid before
		reported = &domain.Violation{Field: "file", Detail: "must not change while it is imported; what was done is that of its first state, the counts are not"}
	}
	err = cmp.Or(err, reported, j.rejects.close(err != nil))
	j.summary.Notes = notes
	j.summary.Seconds = time.Since(start).Round(time.Millisecond).Seconds()
	return j.summary, err
}

// eachRow reads the file from its beginning.
func (j *job) eachRow(file io.Reader, options Options, use func(row)) (err error) {
	var closed func()
	if j.rows, closed, err = openRows(file, j.schema, options); err != nil {
		return err
	}
	defer closed()
	j.rows.skipped = map[string]bool{}
	return j.rows.each(use)
}

// addCourses adds the courses that the options name. If the file has no rows, it returns an error unless it is certain that all
// learners are to be withdrawn.
func (p *syncPlan) addCourses(options SyncOptions) error {
	if p.rows == 0 && (len(options.Courses) == 0 || options.MaxWithdrawals != Limit{100, true}) {
		return &domain.Violation{Field: "file", Detail: "must have rows; to withdraw all learners of a course, add --course ID --max-withdrawals 100%"}
	}
	for _, id := range options.Courses {
		if err := id.Validate(); err != nil {
			return err
		}
		p.addCourse(id)
	}
	return nil
}

// missing returns an error if one of the courses does not exist.
func (p *syncPlan) missing(courses []domain.CourseID) error {
	for _, id := range courses {
		if !p.courses[id].course.Exists() {
			return &domain.Violation{Field: "--course", Detail: fmt.Sprintf("must be the id of a course that exists, got %.100q", id)}
		}
	}
	return nil
}

const (
	stepsPerCall   = 100            // each may load a thousand waiting learners
	actionsPerCall = actionsPerStep // unless one step has more
)

// run submits the steps and counts their results. Steps on different courses share a call; those on a course need the earlier ones.
func (p *syncPlan) run(ctx context.Context, commands ports.Commands, options SyncOptions, summary *Summary) error {
	run := "sync-1-" + rand.Text() + "-" // a key lets an attempt find out what the one before has done
	for i, s := range p.steps {
		s.command.Key, s.command.Correlation = fmt.Sprint(run, i), run+"all"
	}
	progress := newProgress(options.Progress, int64(len(p.steps)))
	defer func() { _ = progress.Finish() }()
	for len(p.steps) > 0 {
		n := p.nextCall()
		if options.DryRun {
			for _, s := range p.steps[:n] {
				s.done = true
			}
		} else {
			retry(ctx, func() error { return submitSteps(ctx, commands, p.steps[:n]) })
		}
		for _, s := range p.steps[:n] {
			if s.done {
				summary.countStep(s)
			}
		}
		for _, s := range p.steps[:n] {
			if !s.done {
				return s.stopError()
			}
		}
		p.steps = p.steps[n:]
		_ = progress.Add(n)
	}
	return nil
}

// nextCall returns how many of the first steps share a call. No two of a course do: the first of them is full.
func (p *syncPlan) nextCall() (n int) {
	actions := 0
	for n < len(p.steps) && n < stepsPerCall {
		if actions += len(p.steps[n].command.Actions); n > 0 && actions > actionsPerCall {
			break
		}
		n++
	}
	return n
}

func (s *step) course() domain.CourseID { return s.command.Actions[0].CourseID() }

// submitSteps returns an error to retry after, if a step has one.
func submitSteps(ctx context.Context, commands ports.Commands, steps []*step) (err error) {
	submit := make([]ports.Command, len(steps))
	for i, s := range steps {
		submit[i] = s.command
	}
	for i, reply := range commands.Submit(ctx, submit...) {
		s := steps[i]
		s.outcomes, s.err = reply.All()
		s.done = s.err == nil
		if err == nil || temporary(s.err) {
			err = s.err
		}
	}
	return err
}

// stopError says why the run stopped, and what to do.
func (s *step) stopError() error {
	if ports.KindOf(s.err) == ports.ErrPreconditionFailed {
		return fmt.Errorf("%w: course %s has changed since the file was compared with it, so it was not changed further; run the same "+
			"command again", ports.ErrPreconditionFailed, s.course())
	}
	return stopError(fmt.Sprint("course ", s.course()), "", s.err)
}

// countStep counts the promotions of a step, and the learners withdrawn who are in no row.
func (s *Summary) countStep(done *step) {
	for i, o := range done.outcomes {
		s.Promoted += len(o.Promoted)
		if i > 0 && o.Standing.Status == domain.Withdrawn && len(s.Withdrawn) < maxFirst {
			s.Withdrawn = append(s.Withdrawn, withdrawal(o.Standing))
		}
		if i > 0 && done.verdicts[i] == nil {
			s.Outcomes[string(o.Standing.Status)]++
		}
	}
}

func withdrawal(s domain.Standing) string { return fmt.Sprintf("%s from %s", s.Learner, s.Course) }

// report counts the result of a row and writes it if it is rejected.
func (j *job) report(p *syncPlan, r row) {
	j.summary.Rows++
	if r.action == nil {
		j.reject(r, InvalidRow, r.fault)
		return
	}
	c := p.courses[r.action.CourseID()]
	v := c.of(r.action.Learners()[0])
	switch {
	case v == nil: // the file has changed
	case !c.course.Exists():
		j.reject(r, domain.ErrCourseNotFound, j.refusals[domain.ErrCourseNotFound])
	case v.line != r.line || v.step == nil && v.refused == "":
		*j.summary.Unchanged++
	case v.refused != "":
		j.reject(r, v.refused, cmp.Or(v.detail, j.refusals[v.refused]))
	case v.step.done:
		j.summary.Outcomes[v.status]++
	default:
		j.summary.Failed++
	}
}
