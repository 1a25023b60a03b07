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
	Roles  jwt.Audience    `json:"roles"` // has the same form: a string, or a list of strings
	Tenant domain.TenantID `json:"tenant"`

	unread error // why the subject, the roles or the tenant can't be read
}

// roleOrder has the strongest role first. Of several roles in a token, the first in this order counts.
var roleOrder = []ports.Role{ports.Staff, ports.Partner, ports.Learner}

const maxSubject = 255 // bytes, as OpenID Connect Core 1.0 limits sub

// actor returns the actor in the payload of a token whose signature is valid, and when the token expires.
func (v *Verifier) actor(payload []byte) (actor ports.Actor, expires time.Time, err error) {
	c, err := v.read(payload)
	if err != nil {
		return actor, expires, err
	}
	if c.Expiry == nil {
		return actor, expires, explain("exp is missing")
	}
	expected := jwt.Expected{Issuer: v.issuer, AnyAudience: v.audiences, Time: v.now()}
	if err := c.ValidateWithLeeway(expected, leeway); err != nil {
		return actor, expires, explain("%s", meaning(err))
	}
	if c.unread != nil {
		return actor, expires, c.unread
	}
	if domain.ValidateText("sub", c.Subject, maxSubject) != nil || strings.ContainsRune(c.Subject, utf8.RuneError) {
		// The decoder replaces every invalid UTF-8 sequence by this rune, so two subjects could become one.
		return actor, expires, explain("the subject is missing, longer than %d bytes, or has invalid characters", maxSubject)
	}
	if reserved(c.Subject) {
		return actor, expires, refuse("the subject is a name of the service's own: queue, or cli: and a user")
	}
	if c.Tenant.Validate() != nil {
		return actor, expires, explain("the tenant is missing or invalid")
	}
	i := slices.IndexFunc(roleOrder, func(r ports.Role) bool { return c.Roles.Contains(string(r)) })
	if i < 0 {
		return actor, expires, explain("roles must contain learner, staff or partner")
	}
	return ports.Actor{Tenant: c.Tenant, Subject: c.Subject, Role: roleOrder[i]}, c.Expiry.Time().Add(leeway), nil
}

// readOwn returns the claims of a token that roster signed itself.
func readOwn(payload []byte) (c claims, err error) {
	if json.Unmarshal(payload, &c) != nil {
		return c, explain("the token's claims are malformed")
	}
	return c, nil
}

// meaning returns what a claim that is not as expected means, without its value.
func meaning(err error) string {
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return "the token has expired"
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return "the token is not valid yet"
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return "iss is another issuer"
	case errors.Is(err, jwt.ErrInvalidAudience):
		return "the token is for another audience"
	}
	return "a claim is invalid"
}

// reserved reports whether a subject is that of the queue or of the command line. A token must not have it: idempotency keys belong to
// their subject, so its owner could use up the keys of the others.
func reserved(subject string) bool { return subject == "queue" || strings.HasPrefix(subject, "cli:") }
