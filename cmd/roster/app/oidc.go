package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// oidc is the OpenID Connect provider whose tokens serve accepts instead of the local key's. docs/identity.md has the flags for
// several providers.
type oidc struct {
	provider identity.Config
	roleMap  []string
	caFile   string
}

func (c *oidc) Flags(f *pflag.FlagSet) {
	p, m := &c.provider, &c.provider.Mapping
	f.StringVar(&p.Issuer, "oidc-issuer", "", "Accept the tokens of the OpenID Connect provider at `URL`; default: those of roster token.")
	f.StringVar(&p.DiscoveryURL, "oidc-discovery-url", "", "Read the provider's description at `URL`, if it is not under --oidc-issuer.")
	f.StringVar(&c.caFile, "tls-ca", "", "Trust the certificate authorities in the PEM `FILE` besides the system's, for requests to the provider.")
	f.Var(newList(&p.Audiences), "oidc-audience", "Accept tokens for each audience `NAME,...`, the provider's names for this service.")
	cli.OneOf(f, &m.Audience, "oidc-audience-claim", "aud", "Read the audience from the claim `aud|azp|client_id`.", "aud", "azp", "client_id")
	f.StringVar(&m.Subject, "oidc-subject-claim", "sub", "Read the caller's id from the claim at `PATH`.")
	f.StringVar(&m.Roles, "oidc-roles-claim", "roles", "Read the roles from the claim at `PATH`, such as realm_access.roles;\na dot in a name has a backslash before it.")
	f.Var(newList(&c.roleMap), "oidc-role-map", "Translate the provider's names of roles, `THEIRS=ROLE,...`, such as Roster.Staff=staff; others mean nothing then.")
	f.StringVar(&m.Tenant, "oidc-tenant-claim", "", "Read the tenant from the claim at `PATH`; default: tenant.")
	f.StringVar((*string)(&m.FixedTenant), "oidc-tenant", "", "Put all callers into the tenant `ID`, instead of reading it from a claim.")
}

// given reports whether there is a provider. Without one, serve listens on the loopback only.
func (c oidc) given() bool { return c.provider.Issuer != "" }

// verifier returns the verifier of the provider's tokens. If the provider is unreachable, callers get 503 until it answers.
func (c oidc) verifier(ctx context.Context, log *slog.Logger) (*identity.Verifier, error) {
	var v *identity.Verifier
	config, err := c.config()
	if err == nil {
		v, err = identity.New(config)
	}
	if err == nil {
		err = v.Ready(ctx)
	}
	if errors.Is(err, ports.ErrUnavailable) {
		log.Warn("no token can be verified until the identity provider answers", "error", err)
		return v, nil
	}
	return v, nameFlag(err)
}

// nameFlag names the flag of a field that is wrong: of the field "roles claim", it is --oidc-roles-claim.
func nameFlag(err error) error {
	if wrong, ok := errors.AsType[*domain.Violation](err); ok {
		return &domain.Violation{Field: "--oidc-" + strings.ReplaceAll(strings.ToLower(wrong.Field), " ", "-"), Detail: wrong.Detail}
	}
	return err
}

func (c oidc) config() (_ identity.Config, err error) {
	if c.provider.Mapping.RoleMap, err = identity.ParseRoleMap(c.roleMap); err != nil {
		return c.provider, err
	}
	if c.caFile != "" {
		if c.provider.Client, err = identity.ClientTrusting(c.caFile); err != nil {
			return c.provider, fmt.Errorf("%w (--tls-ca)", err)
		}
	}
	return c.provider, nil
}
