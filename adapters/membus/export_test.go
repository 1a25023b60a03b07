package membus

// Workers returns the number of active workers.
func (b *Bus) Workers() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.workers)
}
