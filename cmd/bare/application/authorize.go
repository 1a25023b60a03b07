package application

import (
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

const maxSubject = 255 // bytes, as OpenID Connect Core 1.0 limits sub

// known returns an error unless the actor has a role, a tenant and a name.
func known(by ports.Actor) error {
	if !by.Role.Valid() {
		return ports.ErrUnauthenticated
	}
	if err := by.Tenant.Validate(); err != nil {
		return err
	}
	return domain.ValidateText("subject", by.Subject, maxSubject)
}

// knownStaff returns an error unless the actor is known as staff.
func knownStaff(by ports.Actor) error {
	if err := known(by); err != nil {
		return err
	}
	if by.Role != ports.Staff {
		return ports.ErrForbidden
	}
	return nil
}
