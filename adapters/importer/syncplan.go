package importer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// ErrTooManyWithdrawals is the code of a run that would withdraw more learners than it may.
const ErrTooManyWithdrawals domain.Kind = "too_many_withdrawals"

// A syncPlan compares a complete file with what its courses hold.
type syncPlan struct {
	by      ports.Actor
	courses map[domain.CourseID]*planned
	spared  map[member]bool // are named by an invalid row: they are not withdrawn for being in no other
	rows    int
	unnamed *row // the first of which it is not known whom it names; nil: there is none
	steps   []*step
}

type member struct {
	course  domain.CourseID
	learner domain.LearnerID
}

// A planned is a course of the file.
type planned struct {
	verdicts map[domain.LearnerID]*verdict
	course   domain.Course     // as stored; it has Sequence 0 if it does not exist
	withdraw []domain.Standing // in order
	enroll   []domain.LearnerID
}

// of returns the verdict on a learner, or nil if there is none.
func (c *planned) of(learner domain.LearnerID) *verdict {
	if c == nil {
		return nil
	}
	return c.verdicts[learner]
}

// A verdict is on the last row about a learner on a course.
type verdict struct {
	line    int
	wanted  bool        // live, else not
	step    *step       // that changes the standing; nil: none
	status  string      // after the step
	refused domain.Kind // by which rule
	detail  string      // why; empty: the code says it
}

func (v *verdict) refuse(detail string) { v.refused, v.detail = InvalidRow, detail }

// trimmed returns an id as files of other systems have it.
func trimmed(id domain.LearnerID) domain.LearnerID {
	return domain.LearnerID(strings.TrimSpace(string(id)))
}

// A step is one command. It changes one course, if the course has the sequence that the plan expects, and does all or nothing.
type step struct {
	command  ports.Command
	verdicts []*verdict // per action; nil for the first one and for a learner who is in no row
	outcomes []ports.Outcome
	done     bool
	err      error // why it is not done
}

// actionsPerStep is how many standings a step changes at most.
const actionsPerStep = 1000

// add adds a row.
func (p *syncPlan) add(r row) {
	p.rows++
	if r.action == nil {
		if m, ok := r.member(); ok {
			p.spared[m] = true
		} else if p.unnamed == nil {
			p.unnamed = &r
		}
		return
	}
	_, wanted := r.action.(ports.Enroll)
	p.addCourse(r.action.CourseID()).verdicts[r.action.Learners()[0]] = &verdict{line: r.line, wanted: wanted}
}

// member returns whom a row names; false: that is not known.
func (r row) member() (m member, ok bool) {
	if r.named == nil {
		return m, false
	}
	m = member{domain.CourseID(r.named[0]), domain.LearnerID(r.named[1])}
	return m, m.course.Validate() == nil && m.learner.Validate() == nil
}

// checkNamed returns an error if someone may be in the file who would be withdrawn for being in no row.
func (p *syncPlan) checkNamed() error {
	if p.unnamed == nil {
		return nil
	}
	return fmt.Errorf("%w: line %d cannot be read, so whom it names is not known: nothing was changed; correct the line, or pass "+
		"--allow-rejects %[1]s to withdraw those who are in no readable row; %[3]s", InvalidRow, p.unnamed.line, p.unnamed.fault)
}

func (p *syncPlan) addCourse(id domain.CourseID) *planned {
	c := p.courses[id]
	if c == nil {
		c = &planned{verdicts: map[domain.LearnerID]*verdict{}}
		p.courses[id] = c
	}
	return c
}

// make plans the steps in a simulation, which has them behind it afterwards. It returns an error if they withdraw more learners than
// the limit allows.
func (p *syncPlan) make(ctx context.Context, simulation Simulation, limit Limit) error {
	ids, live, withdrawals, first := slices.Sorted(maps.Keys(p.courses)), 0, 0, []string(nil)
	for _, id := range ids {
		n, err := p.compare(ctx, simulation, id)
		if err != nil {
			return err
		}
		live += n
		withdrawals += len(p.courses[id].withdraw)
		for _, s := range p.courses[id].withdraw[:min(len(p.courses[id].withdraw), maxFirst-len(first))] {
			first = append(first, withdrawal(s))
		}
	}
	if allowed := limit.of(live); withdrawals > allowed {
		return fmt.Errorf("%w: the file would withdraw %d of the %d learners on its courses, but --max-withdrawals %v allows %d; nothing was "+
			"changed; the first are %s; check that the file is complete, or allow more of them", ErrTooManyWithdrawals, withdrawals, live, limit, allowed,
			strings.Join(first, ", "))
	}
	for _, id := range ids {
		if err := p.simulate(ctx, simulation, p.courses[id]); err != nil {
			return err
		}
	}
	return nil
}

// compare finds what is to be changed on a course, and returns how many learners are live on it.
func (p *syncPlan) compare(ctx context.Context, simulation Simulation, id domain.CourseID) (live int, err error) {
	c := p.courses[id]
	if c.course, err = simulation.Course(ctx, p.by, id); err == domain.ErrCourseNotFound {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	held, padded := make(map[domain.LearnerID]bool), []domain.Standing(nil)
	for page := (ports.StandingPage{Limit: 1000}); ; {
		standings, err := simulation.Standings(ctx, p.by, id, page)
		if err != nil {
			return 0, err
		}
		for _, s := range standings {
			page.After = s.Sequence
			if !s.Live() {
				continue
			}
			live++
			held[s.Learner] = true
			v := c.verdicts[s.Learner]
			switch {
			case v != nil && v.wanted || v == nil && p.spared[member{id, s.Learner}]:
			case v == nil && c.verdicts[trimmed(s.Learner)] != nil:
				padded = append(padded, s.Standing)
			default:
				c.withdraw = append(c.withdraw, s.Standing)
			}
		}
		if len(standings) < page.Limit {
			break
		}
	}
	for _, s := range padded {
		if held[trimmed(s.Learner)] {
			c.withdraw = append(c.withdraw, s)
		} else {
			c.verdicts[trimmed(s.Learner)].refuse(fmt.Sprintf("%q is stored with white space around it; rename it with: roster rename OLD NEW", s.Learner))
		}
	}
	for learner, v := range c.verdicts {
		if err := learner.ValidateNew(); v.wanted && !held[learner] && err != nil {
			v.refuse(err.Error())
		} else if v.wanted && !held[learner] && v.refused == "" {
			c.enroll = append(c.enroll, learner)
		}
	}
	slices.SortFunc(c.enroll, func(a, b domain.LearnerID) int { return cmp.Compare(c.verdicts[a].line, c.verdicts[b].line) })
	// Those on the waitlist leave first: none of them is promoted to a seat only to lose it.
	slices.SortStableFunc(c.withdraw, func(a, b domain.Standing) int { return cmp.Compare(b.Status, a.Status) })
	return live, nil
}

// simulate makes the steps of a course, withdrawals before enrollments. What a rule refuses becomes a reject, and is not in a step.
func (p *syncPlan) simulate(ctx context.Context, simulation Simulation, c *planned) error {
	if !c.course.Exists() {
		for _, v := range c.verdicts {
			v.refused = domain.ErrCourseNotFound
		}
		return nil
	}
	var actions []ports.Action
	for _, s := range c.withdraw {
		actions = append(actions, ports.Withdraw{Course: s.Course, Learner: s.Learner, Enrollment: s.Enrollment})
	}
	for _, learner := range c.enroll {
		actions = append(actions, ports.Enroll{Course: c.course.ID, Learner: learner})
	}
	for some := range slices.Chunk(actions, actionsPerStep) {
		expect := ports.PutCourse{Course: c.course.ID, IfSequence: c.course.Sequence}
		reply := simulation.Submit(ctx, ports.Command{By: p.by, Actions: append([]ports.Action{expect}, some...)})[0]
		if reply.Err != nil {
			return reply.Err
		}
		s := &step{verdicts: []*verdict{nil}, outcomes: reply.Outcomes[:1:1]}
		s.command = ports.Command{By: p.by, AllOrNothing: true, Actions: []ports.Action{expect}}
		for i, o := range reply.Outcomes[1:] {
			v := c.verdicts[some[i].Learners()[0]]
			if o.Refused != "" {
				v.refused = o.Refused // a withdrawal is not refused
				continue
			}
			if v != nil {
				v.step, v.status = s, string(o.Standing.Status)
			}
			s.command.Actions = append(s.command.Actions, some[i])
			s.verdicts, s.outcomes = append(s.verdicts, v), append(s.outcomes, o)
		}
		now, err := simulation.Course(ctx, p.by, c.course.ID)
		if err != nil {
			return err
		}
		if now.Sequence != c.course.Sequence {
			p.steps = append(p.steps, s)
		}
		c.course = now
	}
	return nil
}
