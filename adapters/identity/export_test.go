package identity

const MaxRecents = maxRecents

// ForgetRecents has the verifier look at every token again.
func (v *Verifier) ForgetRecents() {
	v.recents.mu.Lock()
	defer v.recents.mu.Unlock()
	clear(v.recents.seen)
}

// Recents returns how many tokens the verifier remembers.
func (v *Verifier) Recents() int {
	v.recents.mu.Lock()
	defer v.recents.mu.Unlock()
	return len(v.recents.seen)
}
