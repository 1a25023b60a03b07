package identity_test

import (
	"net/http/httptest"
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

// A token is known once it was verified, until it expires.
func TestKnown(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	known := func(authorization string) bool {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", authorization)
		return v.Known(r)
	}
	token := p.token(nil, nil)
	if known("Bearer " + token) {
		t.Error("a token is known before it was verified")
	}
	requireAccepted(t, v, token)
	if !known("Bearer "+token) || known("Basic "+token) || known("Bearer "+token+"x") || known("") {
		t.Error("a verified token is not known, or another one is")
	}
	p.advance(time.Hour)
	if known("Bearer " + token) {
		t.Error("an expired token is known")
	}
}
