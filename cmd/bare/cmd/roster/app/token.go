package app

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/cmd/bare/adapters/identity"
	"example.com/roster/cmd/bare/ports"
)

// newKey returns the key whose tokens the API accepts.
func newKey(c configuration) (*identity.LocalKey, error) {
	key, err := identity.OpenLocalKey(c.DataDir, time.Now)
	if err != nil {
		return nil, fmt.Errorf("%w (choose another directory with --data-dir)", err)
	}
	return key, nil
}

type token struct {
	Subject string
	Role    ports.Role
	TTL     time.Duration
}

func (c *token) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Subject, "subject", "", "Issue the token to `SUBJECT`.")
	f.StringVar((*string)(&c.Role), "role", "", "Set the `ROLE`, member, staff or partner: what every actor may do, everything in the tenant, or another service.")
	f.DurationVar(&c.TTL, "ttl", time.Hour, "Let the token expire after `TIME`, such as 30m.")
}

// tokenJSON is the JSON view of a token.
type tokenJSON struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run prints a bearer token signed with the local key. serve accepts it.
func (c token) Run(p *program, _ []string) error {
	key, err := newKey(p.configuration)
	if err != nil {
		return err
	}
	text, expires, err := key.Sign(ports.Actor{Tenant: p.Tenant, Subject: c.Subject, Role: c.Role}, c.TTL)
	if err != nil {
		return err
	}
	return p.session().Print(tokenJSON{text, expires}, text)
}
