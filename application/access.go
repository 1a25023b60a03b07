package application

import (
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	maxSubject     = 255 // bytes, as OpenID Connect Core 1.0 limits sub
	maxKey         = 512 // bytes: a caller's 255 characters, and what a door puts before them
	maxCorrelation = 128 // bytes
	maxTrace       = 64  // bytes: a traceparent of version 00 has 55
)

// admit says why a command can't be begun, or nothing: who asks, what for, and whether he may. Rules come later.
func admit(c ports.Command) error {
	if err := known(c.By); err != nil {
		return err
	}
	if n := len(c.Actions); n == 0 || n > ports.MaxActions {
		return &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be 1 to %d, not %d", ports.MaxActions, n)}
	}
	if c.Key != "" {
		if err := domain.ValidateText("key", c.Key, maxKey); err != nil {
			return err
		}
	}
	if c.Correlation != "" {
		if err := domain.ValidateText("correlationId", c.Correlation, maxCorrelation); err != nil {
			return err
		}
	}
	if c.Trace != "" {
		if err := domain.ValidateText("trace", c.Trace, maxTrace); err != nil {
			return err
		}
	}
	for _, a := range c.Actions {
		if err := admitAction(c.By, a); err != nil {
			return err
		}
	}
	return nil
}

func admitAction(by ports.Actor, a ports.Action) error {
	var allowed bool
	var err error
	switch a := a.(type) {
	case ports.Enroll:
		allowed, err = by.Role == ports.Partner || mayActFor(by, a.Learner), a.Learner.Validate()
	case ports.Withdraw:
		allowed, err = mayActFor(by, a.Learner), a.Learner.Validate()
	case ports.PutCourse:
		allowed, err = by.Role == ports.Staff, a.Settings.Validate()
	default:
		return fmt.Errorf("%w: no such action: %T", ports.ErrInternal, a)
	}
	switch {
	case !allowed:
		return ports.ErrForbidden
	case err != nil:
		return err
	}
	return a.CourseID().Validate()
}

// known refuses an actor without a role, a tenant or a name.
func known(by ports.Actor) error {
	switch by.Role {
	case ports.Learner, ports.Staff, ports.Partner:
	default:
		return ports.ErrUnauthenticated
	}
	if err := by.Tenant.Validate(); err != nil {
		return err
	}
	return domain.ValidateText("subject", by.Subject, maxSubject)
}

func mayActFor(by ports.Actor, learner domain.LearnerID) bool {
	return by.Role == ports.Staff || by.Role == ports.Learner && by.Subject == string(learner)
}

// knownStaff refuses everybody but staff.
func knownStaff(by ports.Actor) error {
	if err := known(by); err != nil {
		return err
	}
	if by.Role != ports.Staff {
		return ports.ErrForbidden
	}
	return nil
}
