package identity_test

import (
	"testing"
	"time"
)

// A cached token is refused when it has expired or when its key has been withdrawn.
func TestCachedTokenExpires(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	token := p.token(nil, fields{"exp": p.clock().Add(time.Minute).Unix()})
	requireKnown(t, v, token)
	p.pass(time.Minute + 29*time.Second) // of the leeway
	requireKnown(t, v, token)
	p.pass(2 * time.Second)
	requireRefused(t, v.Verify, token)
	if v.CachedTokens() != 0 {
		t.Error("the cache still holds the expired token")
	}

	token = p.token(nil, nil)
	requireKnown(t, v, token)
	p.publish()
	p.pass(15 * time.Minute)
	requireRefused(t, v.Verify, token)
}

// A cached token is refused when another key has taken its key id.
func TestCachedTokenOfAnotherKey(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	token := p.token(nil, nil)
	requireKnown(t, v, token)
	p.publish(jwk(t, "ed", start(t).edKey.Public()))
	p.pass(15 * time.Minute)
	requireRefused(t, v.Verify, p.token(nil, nil)) // fetches the keys
	requireRefused(t, v.Verify, token)
}
