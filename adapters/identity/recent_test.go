package identity_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/roster/adapters/identity"
)

// A token that is known is refused as any other, once its time is over or its key is withdrawn.
func TestRecentTokenEnds(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	token := p.token(nil, fields{"exp": p.clock().Add(time.Minute).Unix()})
	requireKnown(t, v, token)
	p.pass(time.Minute + 29*time.Second) // of the leeway
	requireKnown(t, v, token)
	p.pass(2 * time.Second)
	requireRefused(t, v.Verify, token)
	if v.Recents() != 0 {
		t.Error("it is remembered for nothing")
	}

	token = p.token(nil, nil)
	requireKnown(t, v, token)
	p.publish()
	p.pass(15 * time.Minute)
	requireRefused(t, v.Verify, token)
}

// A key of another issuer's under the same id makes no old token good.
func TestRecentTokenOfAnotherKey(t *testing.T) {
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

// However many tokens there are, only so many are remembered, and all are good.
func TestTooManyRecents(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	first := p.token(nil, nil)
	for i := range identity.MaxRecents + 10 {
		requireKnown(t, v, p.token(nil, fields{"jti": fmt.Sprint(i)}))
	}
	requireKnown(t, v, first)
	if n := v.Recents(); n != identity.MaxRecents {
		t.Errorf("%d are remembered", n)
	}
}
