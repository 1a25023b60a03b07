package identity_test

import (
	"context"
	"strings"
	"testing"

	"example.com/roster/adapters/identity"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// The verifier accepts no text that is not signed, and never panics.
func FuzzToken(f *testing.F) {
	p := start(f)
	v, mapped := p.open(f), p.openWith(f, identity.Mapping{Roles: `a.r\.s`, Tenant: "a.t", Subject: "a.b.c", RoleMap: roleMap})
	good := p.token(nil, nil)
	part := strings.Split(good, ".")
	f.Add(good)
	f.Add(p.token(fields{"kid": "ec"}, fields{"roles": []string{"staff"}}))
	f.Add(encode(`{"alg":"none","kid":"ed"}`) + "." + part[1] + ".")
	f.Add("a.b.c")
	f.Add(p.claims(fields{"a": fields{"r.s": fields{"learners": nil, "Roster.Staff": 1}, "t": fields{"uni": 1}, "b": fields{"c": "queue"}}}))
	f.Add(p.claims(fields{"a": fields{"r.s": []string{"learners"}, "t": "uni", "b": fields{"c": "ada"}}}))
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
		for _, v := range []*identity.Verifier{v, mapped} {
			actor, err = v.Verify(context.Background(), p.sign(`{"alg":"EdDSA","kid":"ed"}`, token))
			if err != nil && ports.KindOf(err) != ports.ErrUnauthenticated {
				t.Errorf("claims %q are %v", token, err)
			}
			if err == nil && (actor.Tenant.Validate() != nil || domain.LearnerID(actor.Subject).Validate() != nil || actor.Role == "" ||
				actor.Subject == "queue" || strings.HasPrefix(actor.Subject, "cli:")) {
				t.Errorf("claims %q are %+v", token, actor)
			}
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
