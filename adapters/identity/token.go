package identity

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // unlike the standard library's it minds case, and refuses a name that stands twice
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/roster/ports"
)

// leeway is how far the clocks of issuer and service may differ.
const leeway = 30 * time.Second

var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// refused are the headers that bring a key, point to one, or change what the token means.
var refused = []string{"jwk", "jku", "x5c", "x5u", "crit", "b64", "cty", "zip", "enc"}

// A Verifier takes the tokens of one issuer for one audience. [Open] and [LocalKey.Verifier] make one.
type Verifier struct {
	issuer   string
	audience string
	find     finder
	now      func() time.Time
	recents  recents
}

// A finder returns the issuer's keys of an id. Its error wraps [ports.ErrUnauthenticated] where there is none, and
// [ports.ErrUnavailable] where that can't be known.
type finder func(ctx context.Context, kid string) ([]jose.JSONWebKey, error)

// Verify returns the actor that a token stands for. Its error is as that of [Verifier.Actor].
func (v *Verifier) Verify(ctx context.Context, token string) (ports.Actor, error) {
	if len(token) > maxToken {
		return ports.Actor{}, refuse("the token is too long")
	}
	is := digestOf(token)
	if seen, ok := v.recents.find(is, v.now()); ok {
		keys, err := v.find(ctx, seen.key.KeyID)
		if err != nil {
			return ports.Actor{}, err
		}
		if seen.signedBy(keys) {
			return seen.actor, nil
		}
	}
	good, err := v.verify(ctx, token)
	if err != nil {
		return ports.Actor{}, err
	}
	v.recents.keep(is, good)
	return good.actor, nil
}

// verify looks at all of a token.
func (v *Verifier) verify(ctx context.Context, token string) (recent, error) {
	if err := checkForm(token); err != nil {
		return recent{}, err
	}
	signed, err := jwt.ParseSigned(token, algorithms)
	if err != nil {
		return recent{}, refuse("the token is not signed as a token must be")
	}
	header := signed.Headers[0] // the compact form has one signature
	keys, err := v.find(ctx, header.KeyID)
	if err != nil {
		return recent{}, err
	}
	for _, key := range keys {
		var payload json.RawMessage
		if (key.Algorithm == "" || key.Algorithm == header.Algorithm) && signed.Claims(key.Key, &payload) == nil {
			actor, end, err := v.actor(payload)
			return recent{actor, end, key}, err
		}
	}
	return recent{}, refuse("the signature is not by the key that the token names")
}

// checkForm refuses all that is not a plain signed token which names its key.
func checkForm(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || slices.ContainsFunc(parts, notBase64) {
		return refuse("the token is not three parts of base64url")
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[0]) // seen to be right above
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil {
		return refuse("the token's header is not a JSON object")
	}
	for _, name := range refused {
		if _, there := fields[name]; there {
			return refuse("the token's header has " + name)
		}
	}
	if typ, there := fields["typ"]; there && !plainType(typ) {
		return refuse("the token is of another type than JWT and at+jwt")
	}
	if kid, _ := fields["kid"].(string); kid == "" {
		return refuse("the token does not name its key")
	}
	return nil
}

// notBase64 is strict, so that one token has one form: no padding, no line breaks, no stray bits at the end.
func notBase64(part string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return part == "" || err != nil || strings.ContainsAny(part, "\r\n")
}

func plainType(typ any) bool {
	name, _ := typ.(string)
	name = strings.TrimPrefix(strings.ToLower(name), "application/") // RFC 7515, 4.1.9
	return name == "jwt" || name == "at+jwt"
}
