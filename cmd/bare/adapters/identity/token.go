// Package identity authenticates requests by a bearer token (RFC 6750): a JWT that the service's own key has signed. It names an actor:
// sub is the subject, tenant the tenant, and role the role. The errors say why a token is refused, and contain no part of it.
package identity

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

const (
	issuer     = "roster-local" // of every token, and audience the service that it is for
	audience   = "roster"
	maxToken   = 8 << 10 // bytes
	maxSubject = 255     // bytes, as OpenID Connect Core 1.0 limits sub
	leeway     = 30 * time.Second
)

type claims struct {
	jwt.Claims
	Role   ports.Role      `json:"role"`
	Tenant domain.TenantID `json:"tenant"`
}

// actor returns the actor of the claims, or a [domain.Violation].
func (c claims) actor() (ports.Actor, error) {
	if err := domain.ValidateText("subject", c.Subject, maxSubject); err != nil {
		return ports.Actor{}, err
	}
	if strings.HasPrefix(c.Subject, "cli:") {
		return ports.Actor{}, &domain.Violation{Field: "subject", Detail: "must not begin with cli:, which is for the command line"}
	}
	if !c.Role.Valid() {
		return ports.Actor{}, &domain.Violation{Field: "role", Detail: "must be member, staff or partner"}
	}
	return ports.Actor{Tenant: c.Tenant, Subject: c.Subject, Role: c.Role}, c.Tenant.Validate()
}

// Sign returns a token for ttl, and when it expires. An actor that no service would accept is a [domain.Violation].
func (k *LocalKey) Sign(by ports.Actor, ttl time.Duration) (string, time.Time, error) {
	now := k.now().UTC()
	expires := now.Add(ttl).Truncate(time.Second) // as tokens have it
	c := claims{Role: by.Role, Tenant: by.Tenant, Claims: jwt.Claims{
		Issuer: issuer, Audience: jwt.Audience{audience}, Subject: by.Subject,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(expires),
	}}
	if ttl < time.Second {
		return "", expires, &domain.Violation{Field: "ttl", Detail: "must be at least one second"}
	}
	if _, err := c.actor(); err != nil {
		return "", expires, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: k.private}, new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		return "", expires, err
	}
	token, err := jwt.Signed(signer).Claims(c).Serialize()
	return token, expires, err
}

// Actor returns who sends a request. Its error wraps [ports.ErrUnauthenticated].
func (k *LocalKey) Actor(r *http.Request) (ports.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) > 1 || len(token) > maxToken {
		return ports.Actor{}, fmt.Errorf("%w: one header Authorization: Bearer TOKEN is needed", ports.ErrUnauthenticated)
	}
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	var c claims
	if err != nil || signed.Claims(k.private.Public(), &c) != nil {
		return ports.Actor{}, fmt.Errorf("%w: this service's key has not signed the token", ports.ErrUnauthenticated)
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: k.now()}
	if err := c.ValidateWithLeeway(expected, leeway); err != nil || c.Expiry == nil {
		return ports.Actor{}, fmt.Errorf("%w: the token has expired, or is for another service", ports.ErrUnauthenticated)
	}
	by, err := c.actor()
	if err != nil {
		return ports.Actor{}, fmt.Errorf("%w: the token's %s", ports.ErrUnauthenticated, err)
	}
	return by, nil
}
