package app

import (
	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/identity"
)

// provider is whose word serve takes for who asks, in place of the local key's.
type provider struct {
	OIDCIssuer   string `name:"oidc-issuer" placeholder:"URL" help:"The OpenID Connect provider whose tokens are taken; if not given, those of roster token."`
	OIDCAudience string `name:"oidc-audience" placeholder:"NAME" help:"What the provider calls this service."`
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
