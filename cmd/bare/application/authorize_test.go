package application

import (
	"errors"
	"testing"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

func TestKnown(t *testing.T) {
	t.Parallel()
	for by, want := range map[ports.Actor]struct{ known, staff error }{
		{Tenant: "default", Subject: "boss", Role: ports.Staff}: {},
		{Tenant: "default", Subject: "ada", Role: ports.Member}: {nil, ports.ErrForbidden},
		{Tenant: "default", Subject: "ada"}:                     {ports.ErrUnauthenticated, ports.ErrUnauthenticated},
		{Tenant: "a b", Subject: "ada", Role: ports.Staff}:      {domain.ErrInvalidArgument, domain.ErrInvalidArgument},
		{Tenant: "default", Role: ports.Staff}:                  {domain.ErrInvalidArgument, domain.ErrInvalidArgument},
	} {
		if err := known(by); !errors.Is(err, want.known) {
			t.Errorf("%+v: %v, want %v", by, err, want.known)
		}
		if err := knownStaff(by); !errors.Is(err, want.staff) {
			t.Errorf("%+v as staff: %v, want %v", by, err, want.staff)
		}
	}
}
