package ports

import "example.com/roster/cmd/bare/domain"

// An Actor is who sends a command or a query. The entry point authenticates the actor; the application authorizes it.
type Actor struct {
	Tenant  domain.TenantID
	Subject string // who, within the tenant: a token's sub, cli:USER
	Role    Role
}

// A Role is what an actor may do.
type Role string

const (
	Member  Role = "member"  // what every actor may do
	Staff   Role = "staff"   // everything in the tenant
	Partner Role = "partner" // another service
)

// Valid reports whether r is one of these roles.
func (r Role) Valid() bool { return r == Member || r == Staff || r == Partner }
