package application

// Held returns how many courses the cache holds: entries, and courses that are being written.
func (c *Cache) Held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries) + len(c.writing)
}
