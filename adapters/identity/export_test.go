package identity

// ClearCache makes the verifier verify every token again.
func (v *Verifier) ClearCache() {
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	clear(v.cache.entries)
}

// CachedTokens returns how many tokens the cache holds.
func (v *Verifier) CachedTokens() int {
	v.cache.mu.Lock()
	defer v.cache.mu.Unlock()
	return len(v.cache.entries)
}
