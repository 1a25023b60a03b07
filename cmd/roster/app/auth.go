package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/roster/adapters/identity"
	"example.com/roster/ports"
)

// newVerifier returns the verifier of the OpenID Connect provider's tokens if there is one, else that of the local key's.
func newVerifier(ctx context.Context, c configuration, o oidc, log *slog.Logger) (*identity.Verifier, error) {
	if o.given() {
		return o.verifier(ctx, log)
	}
	if c.key != nil {
		return c.key.Verifier(), nil
	}
	key, err := identity.OpenLocalKey(c.DataDir, time.Now)
	if err != nil {
		return nil, err
	}
	return key.Verifier(), nil
}

type token struct {
	Subject string
	Role    ports.Role
	TTL     time.Duration
}

func (c *token) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Subject, "subject", "", "Issue the token to `SUBJECT`: a learner's id or another name; required.")
	f.StringVar((*string)(&c.Role), "role", "", "Set the role, `learner|staff|partner`: own enrollments, everything in the tenant, or enrolling anyone; required.")
	f.DurationVar(&c.TTL, "ttl", time.Hour, "Let the token expire after `TIME`, such as 30m.")
	_ = cobra.MarkFlagRequired(f, "subject")
	_ = cobra.MarkFlagRequired(f, "role")
}

// tokenJSON is the JSON view of a token.
type tokenJSON struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run prints a bearer token signed with the local key. serve accepts it unless it has an OpenID Connect provider.
func (c token) Run(p *program, _ []string) error {
	key, err := identity.OpenLocalKey(p.DataDir, time.Now)
	if err != nil {
		return fmt.Errorf("%w (choose another directory with --data-dir)", err)
	}
	text, expires, err := key.Sign(c.Subject, c.Role, p.Tenant, c.TTL)
	if err != nil {
		return err
	}
	return p.session().Print(tokenJSON{text, expires}, text)
}
