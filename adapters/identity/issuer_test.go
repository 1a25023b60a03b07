package identity_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/identity"
)

const audience = "roster"

// A provider is an issuer in memory. Its HTTP client's requests never leave the process.
type provider struct {
	edKey ed25519.PrivateKey
	ecKey *ecdsa.PrivateKey

	mu          sync.Mutex
	now         time.Time
	description string
	set         string // the answer of jwks_uri
	status      int
	down        bool
	described   int // requests for the description
	fetches     int // of the keys
}

// start returns a provider that publishes the keys "ed", "ec" and "rsa".
func start(t testing.TB) *provider {
	t.Helper()
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	description := `{"issuer":"` + issuer + `","jwks_uri":"` + issuer + `/keys"}`
	p := &provider{edKey: edKey, ecKey: ecKey, description: description, status: http.StatusOK, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	p.publish(jwk(t, "ed", edKey.Public()), jwk(t, "ec", ecKey.Public()), jwk(t, "rsa", rsaKey().Public()))
	return p
}

func (p *provider) publish(keys ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set = `{"keys":[` + strings.Join(keys, ",") + `]}`
}

func (p *provider) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

func (p *provider) advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(d)
}

func (p *provider) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *provider) fetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

func (p *provider) discoveries() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.described
}

// RoundTrip makes the provider an [http.RoundTripper].
func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := map[string]string{
		issuer + "/.well-known/openid-configuration": p.description,
		issuer + "/keys": p.set,
	}[r.URL.String()]
	if r.URL.Path == "/keys" {
		p.fetches++
	} else {
		p.described++
	}
	if p.down || answer == "" {
		return nil, errors.New("connection refused")
	}
	return &http.Response{
		StatusCode: p.status, Status: http.StatusText(p.status), Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewBufferString(answer)), Request: r,
	}, nil
}

func (p *provider) open(t testing.TB) *identity.Verifier {
	t.Helper()
	v, err := openVerifier(context.Background(), p.config())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (p *provider) config() identity.Config {
	return identity.Config{Issuer: issuer, Audiences: []string{audience}, Client: &http.Client{Transport: p}, Now: p.clock}
}

// good returns the header and the claims of a valid token.
func (p *provider) good() (header, claims fields) {
	now := p.clock().Unix()
	return fields{"alg": "EdDSA", "kid": "ed", "typ": "JWT"}, fields{
		"iss": issuer, "aud": audience, "sub": "ada", "roles": "learner", "tenant": "default",
		"exp": now + 600, "nbf": now, "iat": now,
	}
}

// token returns a valid token with changes to its header and claims.
func (p *provider) token(header, claims fields) string {
	h, c := p.good()
	return p.sign(h.with(header).text(), c.with(claims).text())
}

// claims returns the claims of a valid token with changes.
func (p *provider) claims(changes fields) string {
	_, c := p.good()
	return c.with(changes).text()
}

// sign signs any header and claims with the key "ed".
func (p *provider) sign(header, claims string) string {
	return signWith(header, claims, func(text []byte) []byte { return ed25519.Sign(p.edKey, text) })
}

// byRSA and byEC sign as RS256 and ES256 do.
func byRSA(key *rsa.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte {
		digest := sha256.Sum256(text)
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func byEC(key *ecdsa.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte {
		digest := sha256.Sum256(text)
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

// openVerifier returns a verifier that is ready.
func openVerifier(ctx context.Context, c identity.Config) (*identity.Verifier, error) {
	v, err := identity.New(c)
	if err == nil {
		err = v.Ready(ctx)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}
