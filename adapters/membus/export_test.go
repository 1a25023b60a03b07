package membus

// Workers returns how many work now.
func (b *Bus) Workers() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.workers)
}
