package identity

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // unlike the standard library's: case-sensitive, and refuses duplicate names
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/ports"
)

// leeway is how much the clocks of the issuer and the service may differ.
const leeway = 30 * time.Second

var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// refusedHeaders contain a key, point to one, or change the meaning of the token.
var refusedHeaders = []string{"jwk", "jku", "x5c", "x5u", "crit", "b64", "cty", "zip", "enc"}

// A Verifier verifies the tokens of one issuer for its audiences. [New] and [LocalKey.Verifier] make one.
type Verifier struct {
	issuer    string
	audiences []string // a token must be for one of them
	read      claimsReader
	find      keyFinder
	ready     func(context.Context) error // nil: always
	now       func() time.Time
	cache     tokenCache
}

// A claimsReader returns the claims of a payload whose signature is valid.
type claimsReader func(payload []byte) (claims, error)

// A keyFinder returns the issuer's keys with an id. Its error wraps [ports.ErrUnauthenticated] if there is none, and
// [ports.ErrUnavailable] if the keys can't be fetched.
type keyFinder func(ctx context.Context, kid string) ([]jose.JSONWebKey, error)

// Verify returns the actor of a token. Its error is as that of [Verifier.Actor].
func (v *Verifier) Verify(ctx context.Context, token string) (ports.Actor, error) {
	if len(token) > maxToken {
		return ports.Actor{}, explain("the token is longer than %d bytes", maxToken)
	}
	d := digestOf(token)
	if cached, ok := v.cache.lookup(d, v.now()); ok {
		keys, err := v.find(ctx, cached.key.KeyID)
		if err != nil {
			return ports.Actor{}, err
		}
		if cached.signedBy(keys) {
			return cached.actor, nil
		}
	}
	verified, err := v.verify(ctx, token)
	if err != nil {
		return ports.Actor{}, err
	}
	v.cache.store(d, verified)
	return verified.actor, nil
}

// verify verifies a token without the cache.
func (v *Verifier) verify(ctx context.Context, token string) (verifiedToken, error) {
	if err := validateForm(token); err != nil {
		return verifiedToken{}, err
	}
	signed, err := jwt.ParseSigned(token, algorithms)
	if err != nil {
		return verifiedToken{}, refuse("the token has no valid signature of an accepted algorithm")
	}
	header := signed.Headers[0] // the compact form has one signature
	keys, err := v.find(ctx, header.KeyID)
	if err != nil {
		return verifiedToken{}, err
	}
	for _, key := range keys {
		var payload json.RawMessage
		if (key.Algorithm == "" || key.Algorithm == header.Algorithm) && signed.Claims(key.Key, &payload) == nil {
			actor, expires, err := v.actor(payload)
			return verifiedToken{actor, expires, key}, err
		}
	}
	return verifiedToken{}, refuse("the signature does not match the key that the token names")
}

// validateForm refuses everything but a plain signed token that names its key.
func validateForm(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || slices.ContainsFunc(parts, notBase64) {
		return explain("the token must be three parts of base64url: a JSON Web Token")
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[0]) // valid: checked above
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return refuse("the token's header is not a JSON object")
	}
	for _, name := range refusedHeaders {
		if _, present := fields[name]; present {
			return refuse("the token's header must not have " + name)
		}
	}
	if typ, present := fields["typ"]; present && !plainType(typ) {
		return refuse("the token's type must be JWT or at+jwt")
	}
	if kid, _ := fields["kid"].(string); kid == "" {
		return refuse("the token does not name its key")
	}
	return nil
}

// notBase64 is strict, so a token has exactly one form: no padding, no line breaks, no unused bits set at the end.
func notBase64(part string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return part == "" || err != nil || strings.ContainsAny(part, "\r\n")
}

func plainType(typ any) bool {
	name, _ := typ.(string)
	name = strings.TrimPrefix(strings.ToLower(name), "application/") // RFC 7515, 4.1.9
	return name == "jwt" || name == "at+jwt"
}
