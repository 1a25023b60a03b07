package cache

// Held returns how many courses the store holds: entries, and courses that are being written.
func (s *Store) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries) + len(s.writing)
}
