package identity

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/ports"
)

const (
	patience = 5 * time.Second  // for one answer of the provider
	cooldown = 30 * time.Second // from one fetch to the next
	maxAge   = 15 * time.Minute // after which keys are fetched again, so that one withdrawn is noticed
	maxKeys  = 1 << 20          // bytes of a key set
	minRSA   = 2048             // bits: RFC 7518, 3.3
)

// remoteKeys are the keys that a provider publishes, as fetched last. Whoever shows a token can make up a kid, so an unknown
// one is looked for at the provider only once per cooldown. The first look is free: a key that is new since the program
// began is known at once. While the provider can't be reached, the keys that are known serve on.
type remoteKeys struct {
	url    string
	client *http.Client
	now    func() time.Time
	turn   chan struct{} // holds one while somebody fetches
	last   atomic.Pointer[fetch]
}

// A fetch is what the provider answered. It is not changed once it is there.
type fetch struct {
	keys  []jose.JSONWebKey // of the last fetch that went well
	since time.Time         // when that was
	next  time.Time         // no fetch before
	err   error             // of the last fetch
}

func newRemoteKeys(url string, client *http.Client, now func() time.Time) *remoteKeys {
	k := &remoteKeys{url: url, client: client, now: now, turn: make(chan struct{}, 1)}
	k.last.Store(new(fetch))
	return k
}

func (k *remoteKeys) find(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	last := k.last.Load()
	known := last.named(kid)
	fetching := len(k.turn) > 0 // then who has a key need not wait for a newer one
	if len(known) > 0 && (fetching || k.now().Sub(last.since) < maxAge) {
		return known, nil
	}
	err := k.refresh(ctx)
	known = k.last.Load().named(kid)
	switch {
	case len(known) > 0:
		return known, nil
	case err != nil:
		return nil, err
	}
	return nil, refuse("the token names a key that its issuer does not publish")
}

// named returns the keys of an id: several may share one where their types differ (RFC 7517, 4.5).
func (f *fetch) named(kid string) []jose.JSONWebKey {
	set := jose.JSONWebKeySet{Keys: f.keys}
	return set.Key(kid)
}

// refresh fetches the keys, unless that was done within the cooldown: then its error is that of the last fetch. Those who
// come while one fetches wait, and find that it was done.
func (k *remoteKeys) refresh(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return fmt.Errorf("%w: waiting for the identity provider's keys: %w", ports.ErrUnavailable, ctx.Err())
	}
	last := *k.last.Load()
	if k.now().Before(last.next) {
		return last.err
	}
	first := last.since.IsZero()
	keys, err := k.fetch(context.WithoutCancel(ctx)) // for all who wait, not for this caller alone
	if err != nil {
		last.err = fmt.Errorf("%w: the identity provider's keys: %w", ports.ErrUnavailable, err)
	} else {
		last.keys, last.since, last.err = keys, k.now(), nil
	}
	if !first {
		last.next = k.now().Add(cooldown)
	}
	k.last.Store(&last)
	return last.err
}

func (k *remoteKeys) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxKeys)).Decode(&set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && forSigning(key) { // RFC 7517, 5: pass over what is not understood
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// forSigning reports whether a key may be what a signature is checked with: public, strong enough, and meant for it.
func forSigning(key jose.JSONWebKey) bool {
	if of, ok := key.Key.(*rsa.PublicKey); ok && of.N.BitLen() < minRSA {
		return false
	}
	return key.IsPublic() && (key.Use == "" || key.Use == "sig")
}
