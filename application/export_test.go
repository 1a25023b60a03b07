package application

// Held returns how much the cache holds, of courses that were seen and of such as are written now.
func (c *Cache) Held() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sights) + len(c.writing)
}
