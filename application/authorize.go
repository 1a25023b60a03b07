package application

import (
	"cmp"
	"fmt"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	maxSubject     = 255 // bytes, as OpenID Connect Core 1.0 limits sub
	maxKey         = 512 // bytes: a caller's 255 characters, and what an entry point puts before them
	maxCorrelation = 128 // bytes
	maxTrace       = 64  // bytes: a traceparent of version 00 has 55
)

// admit returns an error unless the command may run: its actor is known and authorized, and its values can be right. Rules
// are decided later, on the loaded course.
func admit(c *ports.Command) error {
	if err := known(c.By); err != nil {
		return err
	}
	if n := len(c.Actions); n == 0 || n > ports.MaxActions {
		return &domain.Violation{Field: "actions", Detail: fmt.Sprintf("must be 1 to %d, got %d", ports.MaxActions, n)}
	}
	err := cmp.Or(optional("key", c.Key, maxKey), optional("correlationId", c.Correlation, maxCorrelation), optional("trace", c.Trace, maxTrace))
	if err != nil {
		return err
	}
	for _, a := range c.Actions {
		switch {
		case a == nil:
			return fmt.Errorf("%w: an action is nil", ports.ErrInternal)
		case !mayAsk(c.By, a), c.AllOrNothing && c.By.Role == ports.Partner:
			return ports.ErrForbidden
		}
		if err := a.Validate(); err != nil {
			return err
		}
	}
	return nil
}

func optional(field, value string, limit int) error {
	if value == "" {
		return nil
	}
	return domain.ValidateText(field, value, limit)
}

// mayAsk reports whether the actor may ask for the action: staff for everything, a partner for what is open to partners,
// a learner for what is about that learner alone.
func mayAsk(by ports.Actor, a ports.Action) bool {
	switch by.Role {
	case ports.Staff:
		return true
	case ports.Partner:
		return a.OpenToPartners()
	}
	learners := a.Learners()
	return len(learners) > 0 && !slices.ContainsFunc(learners, func(l domain.LearnerID) bool { return !mayActFor(by, l) })
}

// mayActFor reports whether the actor may see and change what the learner holds.
func mayActFor(by ports.Actor, learner domain.LearnerID) bool {
	return by.Role == ports.Staff || by.Role == ports.Learner && by.Subject == string(learner)
}

// maySee returns an error unless the actor is known, and may see what the learner holds.
func maySee(by ports.Actor, learner domain.LearnerID) error {
	return cmp.Or(known(by), allowed(mayActFor(by, learner)), learner.Validate())
}

// known returns an error unless the actor has a role, a tenant and a name.
func known(by ports.Actor) error {
	if !slices.Contains([]ports.Role{ports.Learner, ports.Staff, ports.Partner}, by.Role) {
		return ports.ErrUnauthenticated
	}
	if err := by.Tenant.Validate(); err != nil {
		return err
	}
	return domain.ValidateText("subject", by.Subject, maxSubject)
}

// knownStaff returns an error unless the actor is known as staff.
func knownStaff(by ports.Actor) error { return cmp.Or(known(by), allowed(by.Role == ports.Staff)) }

func allowed(yes bool) error {
	if yes {
		return nil
	}
	return ports.ErrForbidden
}
