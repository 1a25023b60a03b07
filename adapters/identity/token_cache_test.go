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
	requireAccepted(t, v, token)
	p.advance(time.Minute + 29*time.Second) // of the leeway
	requireAccepted(t, v, token)
	p.advance(2 * time.Second)
	requireRefused(t, v.Verify, token)
	if v.CachedTokens() != 0 {
		t.Error("the cache still holds the expired token")
	}

	token = p.token(nil, nil)
	requireAccepted(t, v, token)
	p.publish()
	p.advance(15 * time.Minute)
	requireRefused(t, v.Verify, token)
}

// A cached token is refused when another key has taken its key id.
func TestCachedTokenOfAnotherKey(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	token := p.token(nil, nil)
	requireAccepted(t, v, token)
	p.publish(jwk(t, "ed", start(t).edKey.Public()))
	p.advance(15 * time.Minute)
	requireRefused(t, v.Verify, p.token(nil, nil)) // fetches the keys
	requireRefused(t, v.Verify, token)
}
