package app

import (
	"fmt"
	"time"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/identity"
	"example.com/roster/ports"
)

// localAuthenticator tells who asks by the key in the data directory.
func localAuthenticator(p *program) (httpapi.Authenticator, error) {
	key, err := identity.OpenLocalKey(p.DataDir, time.Now)
	if err != nil {
		return nil, err
	}
	return key.Verifier().Actor, nil
}

type token struct {
	Subject string        `required:"" placeholder:"S" help:"Who it is for: a learner's id, or a name."`
	Role    ports.Role    `required:"" placeholder:"learner|staff|partner" help:"What he may: all for himself, all in the tenant, or enroll others."`
	TTL     time.Duration `name:"ttl" default:"1h" help:"How long it is good for."`
}

// tokenShape is a token as programs read it.
type tokenShape struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run prints a bearer token by the key in the data directory, which serve takes where it has no provider.
func (c token) Run(p *program) error {
	key, err := identity.OpenLocalKey(p.DataDir, time.Now)
	if err != nil {
		return fmt.Errorf("%w (choose another directory with --data-dir)", err)
	}
	text, expires, err := key.Sign(c.Subject, c.Role, p.Tenant, c.TTL)
	if err != nil {
		return err
	}
	return p.session().Print(tokenShape{text, expires}, text)
}
