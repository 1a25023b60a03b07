package identity_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/roster/adapters/identity"
	"example.com/roster/ports"
)

// A thousand tokens with made-up kids make the provider answer twice: once at the start, and once to look for the first.
func TestUnknownKeysAreLookedForOncePerCooldown(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	var all sync.WaitGroup
	for i := range 1_000 {
		all.Go(func() {
			_, err := v.Verify(context.Background(), p.token(fields{"kid": fmt.Sprint("made-up-", i)}, nil))
			if !errors.Is(err, ports.ErrUnauthenticated) {
				t.Errorf("token %d is %v, want %v", i, err, ports.ErrUnauthenticated)
			}
		})
	}
	all.Wait()
	if got := p.fetched(); got != 2 {
		t.Errorf("the keys were fetched %d times, want 2", got)
	}
	p.pass(29 * time.Second)
	requireUnknown(t, v, p)
	if got := p.fetched(); got != 2 {
		t.Errorf("within the cooldown the keys were fetched: %d times", got)
	}
	p.pass(time.Second)
	requireUnknown(t, v, p)
	if got := p.fetched(); got != 3 {
		t.Errorf("after the cooldown the keys were fetched %d times, want 3", got)
	}
}

// A bad signature by a known kid is no reason to ask the provider.
func TestBadSignaturesFetchNothing(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	for range 100 {
		requireRefused(t, v.Verify, signWith(`{"alg":"EdDSA","kid":"ed"}`, `{}`, func([]byte) []byte { return make([]byte, 64) }))
	}
	if got := p.fetched(); got != 1 {
		t.Errorf("the keys were fetched %d times, want 1", got)
	}
}

func TestNewKeyIsKnownAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	old, renewed := p.rotate(t, "2027")
	requireKnown(t, v, renewed)
	requireRefused(t, v.Verify, old)
}

// When somebody has made up kids meanwhile, a new key is known when the cooldown is over.
func TestNewKeyIsKnownAfterTheCooldown(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	requireUnknown(t, v, p)
	old, renewed := p.rotate(t, "2027")
	requireRefused(t, v.Verify, renewed)
	requireKnown(t, v, old)
	p.pass(30 * time.Second)
	requireKnown(t, v, renewed)
	requireRefused(t, v.Verify, old)
}

// A key that its issuer has withdrawn is noticed though nobody shows another.
func TestWithdrawnKeyIsNoticed(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	old := p.token(nil, nil)
	p.publish()
	p.pass(5 * time.Minute)
	requireKnown(t, v, old)
	p.pass(4*time.Minute + 59*time.Second)
	old = p.token(nil, nil)
	p.pass(5*time.Minute + time.Second)
	requireRefused(t, v.Verify, old)
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	p.setDown(true)
	_, err := v.Verify(context.Background(), p.token(fields{"kid": "2027"}, nil))
	requireUnavailable(t, err)
	for range 100 {
		_, err = v.Verify(context.Background(), p.token(fields{"kid": "2028"}, nil))
		requireUnavailable(t, err)
	}
	if got := p.fetched(); got != 2 {
		t.Errorf("a provider that is down was asked %d times, want 2", got)
	}
	p.pass(time.Hour)
	requireKnown(t, v, p.token(nil, nil)) // the keys that are known serve on
	requireRefused(t, v.Verify, p.token(nil, fields{"exp": 0}))

	p.setDown(false)
	p.pass(30 * time.Second)
	requireUnknown(t, v, p)
	requireKnown(t, v, p.token(nil, nil))
}

func TestProviderAnswersNonsense(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"", "<html>", `[]`, `{"keys":7}`, `{"keys":["` + strings.Repeat("x", 2<<20) + `"]}`} {
		p := start(t)
		p.set = set
		_, err := identity.Open(context.Background(), p.config())
		requireUnavailable(t, err)
	}
}

func TestProviderAnswersWithAnError(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	_, renewed := p.rotate(t, "2027")
	p.status = http.StatusServiceUnavailable // with a body as if all were well
	_, err := v.Verify(context.Background(), renewed)
	requireUnavailable(t, err)
}

// What is not understood in a key set is passed over, and the rest is good.
func TestOddKeysArePassedOver(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.publish(`{"kty":"XX","kid":"a"}`, `7`, `null`,
		`{"kty":"EC","crv":"secp256k1","kid":"b","x":"AA","y":"AA"}`, jwk(t, "ed", p.edKey.Public()))
	requireKnown(t, p.open(t), p.token(nil, nil))
}

// Who waits for the keys stops waiting when his request ends; who fetches them does so for all.
func TestWaitingEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := p.config()
	v, err := identity.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, renewed := p.rotate(t, "2027")
	g := gate{p, make(chan struct{}), make(chan struct{})}
	c.Client.Transport = g
	first, leave := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := v.Verify(first, renewed)
		done <- err
	}()
	<-g.entered
	leave()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = v.Verify(gone, renewed)
	requireUnavailable(t, err)
	close(g.open)
	if err := <-done; err != nil {
		t.Errorf("who fetched the keys got %v", err)
	}
	requireKnown(t, v, renewed)
}

// A gate tells who entered, and lets him through when it is open.
type gate struct {
	http.RoundTripper
	entered, open chan struct{}
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.entered <- struct{}{}
	select {
	case <-g.open:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return g.RoundTripper.RoundTrip(r)
}

// rotate makes the provider publish a new key alone, and returns a good token by the old one and by the new one.
func (p *provider) rotate(t *testing.T, kid string) (old, renewed string) {
	t.Helper()
	old = p.token(nil, nil)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.edKey = private
	p.publish(jwk(t, kid, public))
	return old, p.token(fields{"kid": kid}, nil)
}

func requireUnknown(t *testing.T, v *identity.Verifier, p *provider) {
	t.Helper()
	requireRefused(t, v.Verify, p.token(fields{"kid": "made-up"}, nil))
}

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("it is %v, want %v", err, ports.ErrUnavailable)
	}
}
