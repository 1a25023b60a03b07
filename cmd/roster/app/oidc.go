package app

import (
	"context"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/identity"
)

// oidc is the OpenID Connect provider whose tokens serve accepts instead of the local key's.
type oidc struct{ OIDCIssuer, OIDCAudience string }

func (c *oidc) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.OIDCIssuer, "oidc-issuer", "", "Accept the tokens of the OpenID Connect provider at `URL`; default: those of roster token.")
	f.StringVar(&c.OIDCAudience, "oidc-audience", "", "Accept tokens for the audience `NAME`, the provider's name for this service.")
}

// given reports whether there is a provider. Without one, serve listens on the loopback only.
func (c oidc) given() bool { return c.OIDCIssuer != "" }

func (c oidc) verifier(ctx context.Context) (*identity.Verifier, error) {
	return identity.Open(ctx, identity.Config{Issuer: c.OIDCIssuer, Audience: c.OIDCAudience})
}
