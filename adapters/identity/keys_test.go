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
	"testing/synctest"
	"time"

	"example.com/roster/adapters/identity"
	"example.com/roster/ports"
)

// A thousand tokens with made-up kids cause two fetches: one at the start, and one for the first unknown kid.
func TestUnknownKeysAreFetchedOncePerCooldown(t *testing.T) {
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
	p.advance(29 * time.Second)
	requireUnknownKey(t, v, p)
	if got := p.fetched(); got != 2 {
		t.Errorf("within the cooldown the keys were fetched: %d times", got)
	}
	p.advance(time.Second)
	requireUnknownKey(t, v, p)
	if got := p.fetched(); got != 3 {
		t.Errorf("after the cooldown the keys were fetched %d times, want 3", got)
	}
}

// A bad signature with a known kid causes no fetch.
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

func TestNewKeyIsAcceptedAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	old, renewed := p.rotate(t, "2027")
	requireAccepted(t, v, renewed)
	requireRefused(t, v.Verify, old)
}

// After a fetch for a made-up kid, a new key is accepted when the cooldown is over.
func TestNewKeyIsAcceptedAfterTheCooldown(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	requireUnknownKey(t, v, p)
	old, renewed := p.rotate(t, "2027")
	requireRefused(t, v.Verify, renewed)
	requireAccepted(t, v, old)
	p.advance(30 * time.Second)
	requireAccepted(t, v, renewed)
	requireRefused(t, v.Verify, old)
}

// A withdrawn key is noticed even if no token names another key.
func TestWithdrawnKeyIsNoticed(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	old := p.token(nil, nil)
	p.publish()
	p.advance(5 * time.Minute)
	requireAccepted(t, v, old)
	p.advance(4*time.Minute + 59*time.Second)
	old = p.token(nil, nil)
	p.advance(5*time.Minute + time.Second)
	requireRefused(t, v.Verify, old)
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
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
			t.Errorf("an unreachable provider got %d requests, want 2", got)
		}
		p.advance(time.Hour)
		requireAccepted(t, v, p.token(nil, nil)) // the cached keys stay valid
		synctest.Wait()                          // for the fetch that this has started
		requireRefused(t, v.Verify, p.token(nil, fields{"exp": 0}))

		p.setDown(false)
		p.advance(30 * time.Second)
		requireUnknownKey(t, v, p)
		requireAccepted(t, v, p.token(nil, nil))
	})
}

func TestProviderWithAnInvalidKeySet(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"", "<html>", `[]`, `{"keys":7}`, `{"keys":["` + strings.Repeat("x", 2<<20) + `"]}`} {
		p := start(t)
		p.set = set
		_, err := openVerifier(context.Background(), p.config())
		requireUnavailable(t, err)
	}
}

func TestProviderWithAnErrorStatus(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := p.open(t)
	_, renewed := p.rotate(t, "2027")
	p.status = http.StatusServiceUnavailable // with the body of a success
	_, err := v.Verify(context.Background(), renewed)
	requireUnavailable(t, err)
}

// Keys that are not understood are ignored; the rest of the set is used.
func TestUnknownKeyTypesAreIgnored(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.publish(`{"kty":"XX","kid":"a"}`, `7`, `null`,
		`{"kty":"EC","crv":"secp256k1","kid":"b","x":"AA","y":"AA"}`, jwk(t, "ed", p.edKey.Public()))
	requireAccepted(t, p.open(t), p.token(nil, nil))
}

// A caller that waits for the keys stops waiting when its request ends. The running fetch continues for the other callers.
func TestWaitingEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	p := start(t)
	c, g := p.config(), &gate{RoundTripper: p}
	c.Client.Transport = g
	v, err := openVerifier(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, renewed := p.rotate(t, "2027")
	g.entered, g.open = make(chan struct{}), make(chan struct{})
	first, cancelFirst := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := v.Verify(first, renewed)
		done <- err
	}()
	<-g.entered
	cancelFirst()
	second, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = v.Verify(second, renewed)
	requireUnavailable(t, err)
	close(g.open)
	if err := <-done; err != nil {
		t.Errorf("the fetching caller got %v", err)
	}
	requireAccepted(t, v, renewed)
}

// While the provider hangs, callers whose key is known do not wait: the keys are fetched in the background before they are too old.
func TestKnownKeysDoNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t)
		c, g := p.config(), &gate{RoundTripper: p}
		c.Client.Transport = g
		v, err := openVerifier(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		g.entered, g.open = make(chan struct{}, 1000), make(chan struct{})
		p.advance(10 * time.Minute)
		for fetches := 1; fetches <= 100; fetches++ {
			begin := time.Now()
			requireAccepted(t, v, p.token(nil, nil))
			if took := time.Since(begin); took > 0 {
				t.Fatalf("fetch %d: it took %v", fetches, took)
			}
			time.Sleep(time.Minute) // longer than the fetch
			if got := len(g.entered); got != fetches {
				t.Fatalf("%d fetches, want %d", got, fetches)
			}
			p.advance(30 * time.Second)
		}
		close(g.open)
		old, _ := p.rotate(t, "2027")
		requireAccepted(t, v, old)
		synctest.Wait()
		requireRefused(t, v.Verify, old)
	})
}

// A gate reports each request, and lets it through when it is open. Without channels it lets all through.
type gate struct {
	http.RoundTripper
	entered, open chan struct{}
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if g.entered == nil {
		return g.RoundTripper.RoundTrip(r)
	}
	g.entered <- struct{}{}
	select {
	case <-g.open:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return g.RoundTripper.RoundTrip(r)
}

// rotate makes the provider publish only a new key, and returns a valid token of the old key and one of the new key.
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

func requireUnknownKey(t *testing.T, v *identity.Verifier, p *provider) {
	t.Helper()
	requireRefused(t, v.Verify, p.token(fields{"kid": "made-up"}, nil))
}

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("it is %v, want %v", err, ports.ErrUnavailable)
	}
}
