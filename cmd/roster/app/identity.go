package app

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
	Subject string
	Role    ports.Role
	TTL     time.Duration
}

func (c *token) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Subject, "subject", "", "Issue the token to `SUBJECT`: a learner's id or another name; required.")
	f.StringVar((*string)(&c.Role), "role", "", "Set the `ROLE`: learner (own enrollments), staff (everything in the tenant) or partner (enroll anyone); required.")
	f.DurationVar(&c.TTL, "ttl", time.Hour, "Let the token expire after `TIME`.")
	_ = cobra.MarkFlagRequired(f, "subject")
	_ = cobra.MarkFlagRequired(f, "role")
}

// tokenShape is a token as programs read it.
type tokenShape struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run prints a bearer token by the key in the data directory, which serve takes where it has no provider.
func (c token) Run(p *program, _ []string) error {
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
