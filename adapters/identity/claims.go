package identity

import (
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
}

// roleOrder has the strongest role first. Of several roles in a token, the first in this order counts.
var roleOrder = []ports.Role{ports.Staff, ports.Partner, ports.Learner}

const maxSubject = 255 // bytes, as OpenID Connect Core 1.0 limits sub

// actor returns the actor in the payload of a token whose signature is valid, and when the token expires.
func (v *Verifier) actor(payload []byte) (actor ports.Actor, expires time.Time, err error) {
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return actor, expires, refuse("the token's claims are malformed")
	}
	if c.Expiry == nil {
		return actor, expires, refuse("exp is missing")
	}
	expected := jwt.Expected{Issuer: v.issuer, AnyAudience: jwt.Audience{v.audience}, Time: v.now()}
	if err := c.ValidateWithLeeway(expected, leeway); err != nil {
		return actor, expires, refuse(err.Error()) // names the claim, without its value
	}
	if domain.ValidateText("sub", c.Subject, maxSubject) != nil || strings.ContainsRune(c.Subject, utf8.RuneError) {
		// The decoder replaces every invalid UTF-8 sequence by this rune, so two subjects could become one.
		return actor, expires, refuse("sub is missing or invalid")
	}
	if reserved(c.Subject) {
		return actor, expires, refuse("sub is a name of the service's own: queue, or cli: and a user")
	}
	if c.Tenant.Validate() != nil {
		return actor, expires, refuse("tenant is missing or invalid")
	}
	i := slices.IndexFunc(roleOrder, func(r ports.Role) bool { return c.Roles.Contains(string(r)) })
	if i < 0 {
		return actor, expires, refuse("roles must contain learner, staff or partner")
	}
	return ports.Actor{Tenant: c.Tenant, Subject: c.Subject, Role: roleOrder[i]}, c.Expiry.Time().Add(leeway), nil
}

// reserved reports whether a subject is that of the queue or of the command line. A token must not have it: idempotency keys belong to
// their subject, so its owner could use up the keys of the others.
func reserved(subject string) bool { return subject == "queue" || strings.HasPrefix(subject, "cli:") }
