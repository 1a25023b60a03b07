package identity

import (
	"fmt"
	"testing"
	"time"
)

// The cache is bounded, and always holds the last token.
func TestTokenCacheIsBounded(t *testing.T) {
	t.Parallel()
	var cache tokenCache
	now := time.Now()
	for i := range maxCachedTokens + 10 {
		token := digestOf(fmt.Sprint(i))
		cache.store(token, verifiedToken{expires: now.Add(time.Hour)})
		if _, ok := cache.lookup(token, now); !ok {
			t.Fatalf("token %d is not in the cache", i)
		}
	}
	if len(cache.entries) != maxCachedTokens {
		t.Errorf("the cache holds %d tokens", len(cache.entries))
	}
}
