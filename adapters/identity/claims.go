package identity

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

type claims struct {
	jwt.Claims
	Roles  jwt.Audience    `json:"roles"` // of the same form: a text, or a list of them
	Tenant domain.TenantID `json:"tenant"`
}

// strongest are the roles, in the order in which one of several counts.
var strongest = []ports.Role{ports.Staff, ports.Partner, ports.Learner}

const maxSubject = 255 // bytes, as OpenID Connect Core 1.0 limits sub

// actor returns who is meant by the payload of a token whose signature is good, and until when.
func (v *Verifier) actor(payload []byte) (actor ports.Actor, end time.Time, err error) {
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return actor, end, refuse("the token's claims are not as they must be")
	}
	if err := v.current(c.Claims); err != nil {
		return actor, end, err
	}
	if domain.ValidateText("sub", c.Subject, maxSubject) != nil || strings.ContainsRune(c.Subject, utf8.RuneError) {
		// The rune stands for bytes that are no UTF-8, whichever they were: two people could be one.
		return actor, end, refuse("sub is missing, or can't be anybody's")
	}
	if c.Tenant.Validate() != nil {
		return actor, end, refuse("tenant is missing, or can't be a tenant's")
	}
	at := slices.IndexFunc(strongest, func(r ports.Role) bool { return c.Roles.Contains(string(r)) })
	if at < 0 {
		return actor, end, refuse("roles is missing, or has none of learner, staff and partner")
	}
	return ports.Actor{Tenant: c.Tenant, Subject: c.Subject, Role: strongest[at]}, c.Expiry.Time().Add(leeway), nil
}

// current returns an error unless the token is by this issuer, for this audience, and valid now.
func (v *Verifier) current(c jwt.Claims) error {
	if c.Expiry == nil {
		return refuse("exp is missing")
	}
	expected := jwt.Expected{Issuer: v.issuer, AnyAudience: jwt.Audience{v.audience}, Time: v.now()}
	switch err := c.ValidateWithLeeway(expected, leeway); {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return refuse("iss is another issuer")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return refuse("aud is another audience")
	case errors.Is(err, jwt.ErrExpired):
		return refuse("exp is over")
	default:
		return refuse("nbf or iat is to come")
	}
}
