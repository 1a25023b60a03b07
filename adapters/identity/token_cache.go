package identity

import (
	"crypto"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/roster/ports"
)

const maxCachedTokens = 10_000

// A tokenCache holds verified tokens. A caller sends the same token with each request, and verifying its signature takes
// longer than the rest of the request. The cache holds a digest and the actor, neither the token nor its claims.
type tokenCache struct {
	mu      sync.Mutex
	entries map[digest]verifiedToken
}

type digest [sha256.Size]byte

// A verifiedToken is valid until it expires, as long as its issuer publishes the key that signed it.
type verifiedToken struct {
	actor   ports.Actor
	expires time.Time
	key     jose.JSONWebKey
}

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// lookup returns the entry of a token that has not expired.
func (c *tokenCache) lookup(token digest, now time.Time) (verifiedToken, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.entries[token]
	if ok && !now.Before(entry.expires) {
		delete(c.entries, token)
		return verifiedToken{}, false
	}
	return entry, ok
}

// store adds a token. If the cache is full, it evicts an arbitrary entry.
func (c *tokenCache) store(token digest, entry verifiedToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = make(map[digest]verifiedToken)
	}
	if len(c.entries) >= maxCachedTokens {
		for other := range c.entries {
			delete(c.entries, other)
			break
		}
	}
	c.entries[token] = entry
}

// signedBy reports whether one of these keys signed the token.
func (t verifiedToken) signedBy(keys []jose.JSONWebKey) bool {
	return slices.ContainsFunc(keys, func(k jose.JSONWebKey) bool {
		public, ok := k.Key.(interface{ Equal(crypto.PublicKey) bool })
		return ok && public.Equal(t.key.Key) && k.Algorithm == t.key.Algorithm
	})
}
