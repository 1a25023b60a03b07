package identity_test

import (
	"context"
	"strings"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The verifier accepts no text that is not signed, and never panics.
func FuzzToken(f *testing.F) {
	p := start(f)
	v := p.open(f)
	good := p.token(nil, nil)
	part := strings.Split(good, ".")
	f.Add(good)
	f.Add(p.token(fields{"kid": "ec"}, fields{"roles": []string{"staff"}}))
	f.Add(encode(`{"alg":"none","kid":"ed"}`) + "." + part[1] + ".")
	f.Add("a.b.c")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		// Each process has new keys, so only this process's own seeds have valid signatures.
		actor, err := v.Verify(context.Background(), token)
		if token == good {
			return
		}
		if actor != (ports.Actor{}) || ports.KindOf(err) != ports.ErrUnauthenticated {
			t.Errorf("%q is %+v, %v", token, actor, err)
		}
		// The same text as the claims of a signed token: the actor may be any valid actor.
		actor, err = v.Verify(context.Background(), p.sign(`{"alg":"EdDSA","kid":"ed"}`, token))
		if err != nil && ports.KindOf(err) != ports.ErrUnauthenticated {
			t.Errorf("claims %q are %v", token, err)
		}
		if err == nil && (actor.Tenant.Validate() != nil || domain.LearnerID(actor.Subject).Validate() != nil || actor.Role == "") {
			t.Errorf("claims %q are %+v", token, actor)
		}
	})
}

// BenchmarkVerify measures a new token and a cached one.
func BenchmarkVerify(b *testing.B) {
	p := start(b)
	v := p.open(b)
	h, c := p.good()
	for name, token := range map[string]string{
		"EdDSA": p.token(nil, nil),
		"ES256": signWith(h.with(fields{"alg": "ES256", "kid": "ec"}).text(), c.text(), byEC(p.ecKey)),
		"RS256": signWith(h.with(fields{"alg": "RS256", "kid": "rsa"}).text(), c.text(), byRSA(rsaKey())),
	} {
		b.Run(name+"/first", func(b *testing.B) {
			for b.Loop() {
				v.ClearCache()
				if _, err := v.Verify(context.Background(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/cached", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Verify(context.Background(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
