package ports

import "example.com/roster/domain"

// An Actor is who asks. Doors find out who it is; the application decides what he may.
type Actor struct {
	Tenant  domain.TenantID
	Subject string // who, within the tenant: a token's sub, cli:USER, queue
	Role    Role
}

// A Role is what an actor may do.
type Role string

const (
	Learner Role = "learner" // himself only
	Staff   Role = "staff"   // everything in the tenant
	Partner Role = "partner" // enroll anybody
)
