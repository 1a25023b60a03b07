package ports

import "example.com/roster/domain"

// An Actor is who sends a command or a query. The entry point authenticates the actor; the application authorizes it.
type Actor struct {
	Tenant  domain.TenantID
	Subject string // who, within the tenant: a token's sub, cli:USER, queue
	Role    Role
}

// A Role is what an actor may do.
type Role string

const (
	Learner Role = "learner" // act for themselves only
	Staff   Role = "staff"   // everything in the tenant
	Partner Role = "partner" // enroll any learner
)
