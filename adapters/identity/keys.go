package identity

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const (
	cooldown = 30 * time.Second // from one fetch to the next
	retry    = time.Second      // from one fetch to the next as long as none has succeeded
	freshAge = 10 * time.Minute // of fetched keys; then they are fetched in the background, to notice withdrawn ones
	maxAge   = 15 * time.Minute // then a caller waits for the fetch
	minRSA   = 2048             // bits: RFC 7518, 3.3
)

// remoteKeys caches the keys that a provider publishes. Anyone can make up a kid, so an unknown kid causes at most one fetch
// per cooldown. The second fetch needs no cooldown, so a new key is usually found at once. After a failed fetch the cached keys
// stay valid, and callers whose key is known do not wait for the next one. If the provider is unreachable from the start, it is
// tried again once a second at most, when a token or [Verifier.Ready] needs the keys.
type remoteKeys struct {
	discover func(context.Context) (url string, err error)
	url      string // of the keys; "" until it is discovered; belongs to the holder of fetching
	client   *http.Client
	now      func() time.Time
	fetching chan struct{} // a semaphore: full during a fetch
	last     atomic.Pointer[fetchResult]
}

// A fetchResult is the state after a fetch. It is immutable.
type fetchResult struct {
	keys    jose.JSONWebKeySet // of the last successful fetch
	fetched time.Time          // when that was; zero if there was none
	next    time.Time          // no fetch before then
	err     error              // of the last fetch
}

func newRemoteKeys(discover func(context.Context) (string, error), client *http.Client, now func() time.Time) *remoteKeys {
	k := &remoteKeys{discover: discover, client: client, now: now, fetching: make(chan struct{}, 1)}
	k.last.Store(new(fetchResult))
	return k
}

// ready is [Verifier.Ready]. The fetch ends with ctx.
func (k *remoteKeys) ready(ctx context.Context) error {
	if !k.last.Load().fetched.IsZero() {
		return nil
	}
	err := k.refresh(ctx, ctx)
	if _, wrong := errors.AsType[*domain.Violation](err); wrong || err == nil {
		return err
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

func (k *remoteKeys) find(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	last := k.last.Load()
	known := last.keys.Key(kid)     // keys of different types may share an id (RFC 7517, 4.5)
	fetching := len(k.fetching) > 0 // a known key does not wait for a running fetch
	now, lasting := k.now(), context.WithoutCancel(ctx)
	if len(known) > 0 && (fetching || last.err != nil || now.Sub(last.fetched) < maxAge) {
		if !fetching && now.Sub(last.fetched) >= freshAge && !now.Before(last.next) {
			go func() { _ = k.refresh(lasting, lasting) }()
		}
		return known, nil
	}
	err := last.err
	if !fetching || !last.fetched.IsZero() || err == nil { // otherwise the provider was unreachable, and another caller tries again
		err = k.refresh(ctx, lasting) // other callers wait for this fetch too
	}
	known = k.last.Load().keys.Key(kid)
	switch {
	case len(known) > 0:
		return known, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ports.ErrUnavailable, err) // not %w: a Violation in it is not about the request
	}
	return nil, refuse("the token names a key that its issuer does not publish")
}

// refresh fetches the keys. Within the cooldown it returns the error of the last fetch instead. Callers that arrive during a
// fetch wait for it, until their ctx ends, and share its result. A fetch that this call starts ends with fetchCtx.
func (k *remoteKeys) refresh(ctx, fetchCtx context.Context) error {
	select {
	case k.fetching <- struct{}{}:
		defer func() { <-k.fetching }()
	case <-ctx.Done():
		return fmt.Errorf("waiting for the identity provider's keys: %w", ctx.Err())
	}
	last := *k.last.Load()
	if k.now().Before(last.next) {
		return last.err
	}
	first := last.fetched.IsZero()
	var keys jose.JSONWebKeySet
	if k.url == "" {
		k.url, last.err = k.discover(fetchCtx)
	}
	if k.url != "" {
		keys, last.err = k.fetch(fetchCtx)
	}
	if last.err == nil {
		last.keys, last.fetched = keys, k.now()
	} else {
		k.url = "" // the keys may have moved
		last.next = k.now().Add(retry)
	}
	if !first {
		last.next = k.now().Add(cooldown)
	}
	k.last.Store(&last)
	return last.err
}

// fetch returns the published keys that may verify signatures.
func (k *remoteKeys) fetch(ctx context.Context) (keys jose.JSONWebKeySet, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("the identity provider's keys: %w", err)
		}
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return keys, err
	}
	response, err := k.client.Do(request)
	if err != nil {
		return keys, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return keys, errors.New(response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return keys, err
	}
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && forSigning(key) { // RFC 7517, 5: ignore keys that are not understood
			keys.Keys = append(keys.Keys, key)
		}
	}
	return keys, nil
}

// forSigning reports whether a key may verify signatures: it is public, strong enough, and meant for that.
func forSigning(key jose.JSONWebKey) bool {
	if rsaKey, ok := key.Key.(*rsa.PublicKey); ok && rsaKey.N.BitLen() < minRSA {
		return false
	}
	return key.IsPublic() && (key.Use == "" || key.Use == "sig")
}
