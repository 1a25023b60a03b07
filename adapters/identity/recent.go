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

const maxRecents = 10_000

// recents are tokens that were found to be good. A caller shows the same one with each request, and to check its signature
// takes longer than all the rest of answering. Neither the token nor its claims are kept, but a digest, and whom it stands for.
type recents struct {
	mu   sync.Mutex
	seen map[digest]recent
}

type digest [sha256.Size]byte

// A recent token is good until its end, as long as its issuer has the key that it was signed with.
type recent struct {
	actor ports.Actor
	end   time.Time
	key   jose.JSONWebKey
}

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// find returns what is known of a token that has not ended.
func (r *recents) find(token digest, now time.Time) (recent, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, ok := r.seen[token]
	if ok && !now.Before(seen.end) {
		delete(r.seen, token)
		return recent{}, false
	}
	return seen, ok
}

// keep remembers a token. Where there are too many it takes the place of another, whichever.
func (r *recents) keep(token digest, good recent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = make(map[digest]recent)
	}
	if len(r.seen) >= maxRecents {
		for other := range r.seen {
			delete(r.seen, other)
			break
		}
	}
	r.seen[token] = good
}

// signedBy reports whether the token was signed by one of these keys.
func (r recent) signedBy(keys []jose.JSONWebKey) bool {
	return slices.ContainsFunc(keys, func(k jose.JSONWebKey) bool {
		public, ok := k.Key.(interface{ Equal(crypto.PublicKey) bool })
		return ok && public.Equal(r.key.Key) && k.Algorithm == r.key.Algorithm
	})
}
