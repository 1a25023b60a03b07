package app

import (
	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/identity"
)

// provider is whose word serve takes for who asks, in place of the local key's.
type provider struct{ OIDCIssuer, OIDCAudience string }

func (c *provider) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.OIDCIssuer, "oidc-issuer", "", "Accept the tokens of the OpenID Connect provider at `URL`; default: those of roster token.")
	f.StringVar(&c.OIDCAudience, "oidc-audience", "", "Accept tokens for the audience `NAME`, the provider's name for this service.")
}

// given reports whether there is one. Without, serve listens on the loopback only.
func (c provider) given() bool { return c.OIDCIssuer != "" }

func (c provider) authenticator(p *program) (httpapi.Authenticator, error) {
	verifier, err := identity.Open(p.ctx, identity.Config{Issuer: c.OIDCIssuer, Audience: c.OIDCAudience})
	if err != nil {
		return nil, err
	}
	return verifier.Actor, nil
}
