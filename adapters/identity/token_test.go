package identity_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestGoodTokens(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	now := p.clock().Unix()
	h, c := p.good()
	as := func(tenant domain.TenantID, subject string, role ports.Role) ports.Actor {
		return ports.Actor{Tenant: tenant, Subject: subject, Role: role}
	}
	ada, staff, long := as("default", "ada", ports.Learner), as("default", "ada", ports.Staff), strings.Repeat("x", 255)
	signed := func(changes fields, sign func([]byte) []byte) string {
		return signWith(h.with(changes).text(), c.text(), sign)
	}
	cases := map[string]struct {
		token string
		want  ports.Actor
	}{
		"plain":                            {p.token(nil, nil), ada},
		"no typ":                           {p.token(fields{"typ": nil}, nil), ada},
		"an access token (RFC 9068)":       {p.token(fields{"typ": "at+jwt"}, nil), ada},
		"typ in another letter case":       {p.token(fields{"typ": "jwt"}, nil), ada},
		"typ as a whole media type":        {p.token(fields{"typ": "application/at+JWT"}, nil), ada},
		"an unknown header":                {p.token(fields{"x5t": "abc", "note": "hi"}, nil), ada},
		"ES256":                            {signed(fields{"alg": "ES256", "kid": "ec"}, byEC(p.ecKey)), ada},
		"RS256":                            {signed(fields{"alg": "RS256", "kid": "rsa"}, byRSA(rsaKey())), ada},
		"one audience of several":          {p.token(nil, fields{"aud": []string{"other", audience}}), ada},
		"no nbf and no iat":                {p.token(nil, fields{"nbf": nil, "iat": nil}), ada},
		"expired, within the leeway":       {p.token(nil, fields{"exp": now - 30}), ada},
		"in the future, within the leeway": {p.token(nil, fields{"nbf": now + 30, "iat": now + 30}), ada},
		"another tenant":                   {p.token(nil, fields{"tenant": "uni-2"}), as("uni-2", "ada", ports.Learner)},
		"a long subject":                   {p.token(nil, fields{"sub": long}), as("default", long, ports.Learner)},
		"a partner":                        {p.token(nil, fields{"roles": "partner"}), as("default", "ada", ports.Partner)},
		"a list of one":                    {p.token(nil, fields{"roles": []string{"staff"}}), staff},
		"the strongest of several":         {p.token(nil, fields{"roles": []string{"learner", "staff", "partner"}}), staff},
		"an object of roles":               {p.token(nil, fields{"roles": fields{"staff": fields{"1": "uni-2.example"}}}), staff},
		"a known role and unknown roles":   {p.token(nil, fields{"roles": []string{"wiki-admin", "learner"}}), ada},
		"unknown claims":                   {p.token(nil, fields{"azp": "web", "email": "a@b.example"}), ada},
		"claims in another letter case":    {p.token(nil, fields{"SUB": "eve", "Roles": "staff", "TENANT": "x"}), ada},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := v.Verify(context.Background(), c.token); err != nil || got != c.want {
				t.Errorf("it is %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

const shared = "a shared secret of 32 bytes ...."

func TestBadTokens(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.publish(strings.TrimSuffix(strings.TrimPrefix(p.set, `{"keys":[`), `]}`),
		`{"kty":"oct","kid":"oct","use":"sig","alg":"HS256","k":"`+encode(shared)+`"}`,
		jwk(t, "private", p.edKey),
		strings.Replace(jwk(t, "encryption", p.edKey.Public()), `"sig"`, `"enc"`, 1),
		jwk(t, "", p.edKey.Public()),
		jwk(t, "weak", weakKey().Public()),
		strings.Replace(jwk(t, "ps", rsaKey().Public()), `"sig"`, `"sig","alg":"PS256"`, 1))
	v := p.open(t)
	for name, token := range badTokens(t, p) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireRefused(t, v.Verify, token)
		})
	}
}

func badTokens(t *testing.T, p *provider) map[string]string {
	t.Helper()
	h, c := p.good()
	now := p.clock().Unix()
	whole := p.token(nil, nil)
	part := strings.Split(whole, ".")
	_, otherKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherEC, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(changes fields, sign func([]byte) []byte) string {
		return signWith(h.with(changes).text(), c.text(), sign)
	}
	byOther := func(text []byte) []byte { return ed25519.Sign(otherKey, text) }
	der := derOf(t, rsaKey().Public())
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	header := func(changes fields) string { return p.token(changes, nil) }
	claim := func(changes fields) string { return p.token(nil, changes) }
	return map[string]string{
		// no signature, or an unacceptable one
		"alg none, no signature":                     encode(h.with(fields{"alg": "none"}).text()) + "." + part[1] + ".",
		"alg none, a signature":                      header(fields{"alg": "none"}),
		"alg None":                                   header(fields{"alg": "None"}),
		"alg missing":                                header(fields{"alg": nil}),
		"alg empty":                                  header(fields{"alg": ""}),
		"alg a number":                               header(fields{"alg": 1}),
		"alg unknown":                                header(fields{"alg": "XS256"}),
		"alg in another letter case":                 header(fields{"alg": "eddsa"}),
		"alg of another key type":                    header(fields{"alg": "RS256"}),
		"HS256 with the public key as DER":           signed(fields{"alg": "HS256", "kid": "rsa"}, byHMAC(der)),
		"HS256 with the public key as PEM":           signed(fields{"alg": "HS256", "kid": "rsa"}, byHMAC(asPEM)),
		"HS256 with the public key's bytes":          signed(fields{"alg": "HS256"}, byHMAC(p.edKey.Public().(ed25519.PublicKey))),
		"HS256 with an empty secret":                 signed(fields{"alg": "HS256"}, byHMAC(nil)),
		"HS256 with a shared key of the set":         signed(fields{"alg": "HS256", "kid": "oct"}, byHMAC([]byte(shared))),
		"HMAC declared as RS256":                     signed(fields{"alg": "RS256", "kid": "rsa"}, byHMAC(asPEM)),
		"RS256 with a key for PS256":                 signed(fields{"kid": "ps", "alg": "RS256"}, byRSA(rsaKey())),
		"ES256 by a key of another curve":            signed(fields{"alg": "ES256", "kid": "ec"}, byEC384(otherEC)),
		"ES256 of zeros":                             signed(fields{"alg": "ES256", "kid": "ec"}, zeros(64)),
		"RS256 of zeros":                             signed(fields{"alg": "RS256", "kid": "rsa"}, zeros(256)),
		"an encrypted token":                         encode(fields{"alg": "RSA-OAEP", "enc": "A256GCM"}.text()) + ".a.b.c.d",
		"an encrypted token in three parts":          header(fields{"enc": "A256GCM"}),
		"a nested token":                             header(fields{"cty": "JWT"}),
		"a compressed token":                         header(fields{"zip": "DEF"}),
		"a detached payload":                         part[0] + ".." + part[2],
		"a payload that is not encoded":              header(fields{"b64": false, "crit": []string{"b64"}}),
		"b64 false alone":                            header(fields{"b64": false}),
		"b64 false alone, with a matching signature": unencoded(p, h.with(fields{"b64": false}).text(), c.text()),
		"a key that is too weak":                     signed(fields{"kid": "weak", "alg": "RS256"}, byRSA(weakKey())),
		"the JSON form":                              fields{"payload": part[1], "protected": part[0], "signature": part[2]}.text(),
		"a key that is not published":                signed(nil, byOther),
		"another published key's signature":          header(fields{"kid": "ec", "alg": "ES256"}),
		"a private key in the set":                   header(fields{"kid": "private"}),
		"a key for encryption":                       header(fields{"kid": "encryption"}),
		"an unknown kid":                             header(fields{"kid": "unknown"}),
		"no kid":                                     header(fields{"kid": nil}),
		"an empty kid":                               header(fields{"kid": ""}),
		"a kid that is a number":                     header(fields{"kid": 7}),
		"a kid that is a path":                       header(fields{"kid": "../../etc/passwd"}),
		"a kid that is SQL":                          header(fields{"kid": "ed' OR '1'='1"}),
		"a kid in another letter case":               header(fields{"kid": "ED"}),
		"a duplicate kid":                            p.sign(`{"alg":"EdDSA","kid":"unknown","kid":"ed"}`, c.text()),
		"a duplicate alg":                            p.sign(`{"alg":"none","kid":"ed","alg":"EdDSA"}`, c.text()),
		"its own key (jwk)":                          signed(fields{"jwk": jwkOf(otherKey)}, byOther),
		"its own key, validly signed":                header(fields{"jwk": jwkOf(p.edKey)}),
		"jku":                                        header(fields{"jku": "https://evil.example/keys"}),
		"jku of the issuer":                          header(fields{"jku": issuer + "/keys"}),
		"x5u":                                        header(fields{"x5u": "https://evil.example/cert"}),
		"x5c":                                        header(fields{"x5c": []string{certificate(t, p.edKey)}}),
		"x5c that is no certificate":                 header(fields{"x5c": []string{"MIIB"}}),
		"crit":                                       header(fields{"crit": []string{"exp"}}),
		"crit that is empty":                         header(fields{"crit": []string{}}),
		"crit that is null":                          p.sign(`{"alg":"EdDSA","kid":"ed","crit":null}`, c.text()),
		"typ of something else":                      header(fields{"typ": "JOSE"}),
		"typ of a logout token":                      header(fields{"typ": "logout+jwt"}),
		"typ of a proof of possession":               header(fields{"typ": "dpop+jwt"}),
		"typ that is empty":                          header(fields{"typ": ""}),
		"typ that is a list":                         header(fields{"typ": []string{"JWT"}}),
		"a header that is a list":                    p.sign(`[]`, c.text()),
		"a header that is null":                      p.sign(`null`, c.text()),
		"a header that is not JSON":                  p.sign(`{"alg":"EdDSA","kid":"ed"`, c.text()),
		"a header with trailing text":                p.sign(h.text()+"{}", c.text()),
		"a deeply nested header":                     p.sign(`{"alg":"EdDSA","kid":"ed","x":`+strings.Repeat("[", 5000), c.text()),
		"a signature of another token's claims":      part[0] + "." + encode(c.with(fields{"sub": "eve"}).text()) + "." + part[2],
		"a header of another token":                  encode(h.with(fields{"typ": nil}).text()) + "." + part[1] + "." + part[2],

		// malformed tokens
		"empty":                            "",
		"a word":                           "token",
		"dots":                             "..",
		"two parts":                        part[0] + "." + part[1],
		"four parts":                       whole + "." + part[2],
		"five parts":                       whole + "." + part[2] + "." + part[2],
		"an empty header":                  "." + part[1] + "." + part[2],
		"an empty signature":               part[0] + "." + part[1] + ".",
		"cut":                              whole[:len(whole)-1],
		"cut within the claims":            whole[:len(part[0])+10],
		"one bit of the signature":         part[0] + "." + part[1] + "." + flip(part[2], 0),
		"the last letter of the signature": part[0] + "." + part[1] + "." + flip(part[2], len(part[2])-1),
		"unused bits set at the end":       part[0] + "." + part[1] + "." + stray(part[2]),
		"one bit of the claims":            part[0] + "." + flip(part[1], 20) + "." + part[2],
		"padding":                          part[0] + "." + part[1] + "." + part[2] + "==",
		"the standard base64 alphabet":     strings.NewReplacer("-", "+", "_", "/").Replace(p.token(nil, fields{"note": "???>>>~~~"})) + "+",
		"a space before":                   " " + whole,
		"a space after":                    whole + " ",
		"a line break inside":              part[0] + "." + part[1] + "." + part[2][:20] + "\n" + part[2][20:],
		"a line break after":               whole + "\r\n",
		"a NUL":                            whole + "\x00",
		"bytes that are not UTF-8":         "\xff\xfe." + part[1] + "." + part[2],
		"letters beyond ASCII":             "é." + part[1] + "." + part[2],
		"two tokens":                       whole + "," + whole,
		"huge":                             claim(fields{"note": strings.Repeat("x", 8<<10)}),
		"huge, one letter":                 strings.Repeat("a", 1<<20),
		"huge, only dots":                  strings.Repeat(".", 1<<20),
		"claims that are a list":           p.sign(h.text(), `[]`),
		"claims that are null":             p.sign(h.text(), `null`),
		"claims that are a text":           p.sign(h.text(), `"ada"`),
		"claims that are not JSON":         p.sign(h.text(), `sub=ada`),
		"claims that are not UTF-8":        p.sign(h.text(), strings.Replace(c.text(), "ada", "\xff", 1)),
		"claims with trailing text":        p.sign(h.text(), c.text()+"{}"),
		"claims that are empty":            p.sign(h.text(), `{}`),
		"a duplicate claim":                p.sign(h.text(), strings.Replace(c.text(), `"sub"`, `"sub":"eve","sub"`, 1)),
		"duplicate roles":                  p.sign(h.text(), strings.Replace(c.text(), `"roles"`, `"roles":"staff","roles"`, 1)),
		"a duplicate tenant":               p.sign(h.text(), strings.Replace(c.text(), `"tenant"`, `"tenant":"other","tenant"`, 1)),
		"a duplicate exp":                  p.sign(h.text(), strings.Replace(c.text(), `"exp"`, `"exp":99999999999,"exp"`, 1)),

		// issuer, audience and times
		"another issuer":             claim(fields{"iss": "https://evil.example"}),
		"the issuer with a slash":    claim(fields{"iss": issuer + "/"}),
		"the issuer in capitals":     claim(fields{"iss": strings.ToUpper(issuer)}),
		"the issuer with http":       claim(fields{"iss": "http://id.example"}),
		"no issuer":                  claim(fields{"iss": nil}),
		"issuers":                    claim(fields{"iss": []string{issuer}}),
		"the local issuer":           claim(fields{"iss": "roster-local"}),
		"another audience":           claim(fields{"aud": "wiki"}),
		"other audiences":            claim(fields{"aud": []string{"wiki", "mail"}}),
		"no audience":                claim(fields{"aud": nil}),
		"no audience in the list":    claim(fields{"aud": []string{}}),
		"an empty audience":          claim(fields{"aud": ""}),
		"the audience with a suffix": claim(fields{"aud": audience + "2"}),
		"an audience that is true":   claim(fields{"aud": true}),
		"an audience of mixed types": claim(fields{"aud": []any{audience, 1}}),
		"expired":                    claim(fields{"exp": now - 31}),
		"expired long ago":           claim(fields{"exp": 0}),
		"no exp":                     claim(fields{"exp": nil}),
		"exp a date as text":         claim(fields{"exp": "2099-01-01"}),
		"exp in quotes":              claim(fields{"exp": "4102444800"}),
		"exp null":                   p.sign(h.text(), strings.Replace(c.with(fields{"exp": 1}).text(), `"exp":1`, `"exp":null`, 1)),
		"exp beyond all dates":       claim(fields{"exp": 1e300}),
		"exp negative":               claim(fields{"exp": -1}),
		"exp beyond float64":         p.sign(h.text(), strings.Replace(c.with(fields{"exp": 1}).text(), `"exp":1`, `"exp":1e999`, 1)),
		"exp true":                   claim(fields{"exp": true}),
		"nbf in the future":          claim(fields{"nbf": now + 31}),
		"nbf beyond all dates":       claim(fields{"nbf": 1e300}),
		"nbf a text":                 claim(fields{"nbf": "now"}),
		"issued in the future":       claim(fields{"iat": now + 31}),

		// subject, roles and tenant
		"no subject":                          claim(fields{"sub": nil}),
		"an empty subject":                    claim(fields{"sub": ""}),
		"the subject of the queue":            claim(fields{"sub": "queue"}),
		"a subject of the command line":       claim(fields{"sub": "cli:root"}),
		"a subject that is a number":          claim(fields{"sub": 42}),
		"a subject that is a list":            claim(fields{"sub": []string{"ada"}}),
		"a subject with a NUL":                claim(fields{"sub": "a\x00b"}),
		"a subject with a line break":         claim(fields{"sub": "ada\r\nX-Role: staff"}),
		"a subject with a delete":             claim(fields{"sub": "ada\x7f"}),
		"a subject of half a character":       p.sign(h.text(), strings.Replace(c.text(), "ada", `\ud800`, 1)),
		"a subject that is too long":          claim(fields{"sub": strings.Repeat("x", 256)}),
		"no role":                             claim(fields{"roles": nil}),
		"an unknown role":                     claim(fields{"roles": "admin"}),
		"an empty role":                       claim(fields{"roles": ""}),
		"a role in capitals":                  claim(fields{"roles": "STAFF"}),
		"a role with a space":                 claim(fields{"roles": "staff "}),
		"two roles in one text":               claim(fields{"roles": "learner staff"}),
		"no roles in the list":                claim(fields{"roles": []string{}}),
		"unknown roles":                       claim(fields{"roles": []string{"admin", "root"}}),
		"roles of mixed types":                claim(fields{"roles": []any{"staff", 1}}),
		"roles that are an object of no":      claim(fields{"roles": fields{"staff": false, "learner": nil}}),
		"roles that are an empty object":      claim(fields{"roles": fields{}}),
		"roles that are a number":             claim(fields{"roles": 7}),
		"role instead of roles":               claim(fields{"roles": nil, "role": "staff"}),
		"no tenant":                           claim(fields{"tenant": nil}),
		"an empty tenant":                     claim(fields{"tenant": ""}),
		"a tenant that is a path":             claim(fields{"tenant": "../other"}),
		"a tenant with a wildcard":            claim(fields{"tenant": "*"}),
		"a tenant that is too long":           claim(fields{"tenant": strings.Repeat("x", 65)}),
		"a tenant that is a list":             claim(fields{"tenant": []string{"default"}}),
		"a tenant that is a number":           claim(fields{"tenant": 1}),
		"a tenant with a letter beyond ASCII": claim(fields{"tenant": "défaut"}),
		"a subject in another letter case":    claim(fields{"sub": nil, "SUB": "ada"}),
	}
}

func byHMAC(secret []byte) func([]byte) []byte {
	return func(text []byte) []byte {
		h := hmac.New(sha256.New, secret)
		h.Write(text)
		return h.Sum(nil)
	}
}

func byEC384(key *ecdsa.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte {
		digest := sha256.Sum256(text)
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	}
}

func derOf(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.(*rsa.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func zeros(n int) func([]byte) []byte { return func([]byte) []byte { return make([]byte, n) } }

func jwkOf(key ed25519.PrivateKey) fields {
	return fields{"kty": "OKP", "crv": "Ed25519", "x": encode(string(key[32:]))}
}

// unencoded signs the claims as they are, not their base64 (RFC 7797).
func unencoded(p *provider, header, claims string) string {
	signature := ed25519.Sign(p.edKey, []byte(encode(header)+"."+claims))
	return encode(header) + "." + encode(claims) + "." + encode(string(signature))
}

// weakKey is made once: making it is slow.
var weakKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
})

// certificate returns a key's self-signed certificate in the form of x5c.
func certificate(t *testing.T, key ed25519.PrivateKey) string {
	t.Helper()
	about := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// flip replaces the letter at i by the one whose bits all differ.
func flip(text string, i int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return text[:i] + string(letters[63-strings.IndexByte(letters, text[i])]) + text[i+1:]
}

// stray sets the lowest bit of the last letter, which a signature of 64 bytes does not use.
func stray(text string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(text) - 1
	return text[:last] + string(letters[strings.IndexByte(letters, text[last])|1])
}
