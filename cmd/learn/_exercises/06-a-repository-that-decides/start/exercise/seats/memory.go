package seats

import (
	"slices"
	"sync"
)

// A Memory is a store in memory. Make it by [NewMemory].
type Memory struct {
	mu      sync.Mutex
	courses map[string]Course
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{courses: make(map[string]Course)} }

// Create implements [Store].
func (m *Memory) Create(c Course) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.courses[c.ID] = clone(c)
	return nil
}

// Load implements [Store].
func (m *Memory) Load(id string) (Course, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.courses[id]
	if !ok {
		return Course{}, ErrUnknown
	}
	return clone(c), nil
}

// clone returns a copy that shares no memory with c.
func clone(c Course) Course {
	c.Enrolled, c.Waiting = slices.Clone(c.Enrolled), slices.Clone(c.Waiting)
	return c
}

// EnrollIfSeat implements [Store].
func (m *Memory) EnrollIfSeat(id, learner string) (Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.courses[id]
	switch {
	case !ok:
		return "", ErrUnknown
	case slices.Contains(c.Enrolled, learner), slices.Contains(c.Waiting, learner):
		return "", ErrAlready
	case len(c.Enrolled) < c.Capacity:
		c.Enrolled = append(c.Enrolled, learner)
		m.courses[id] = c
		return Seated, nil
	case len(c.Waiting) == c.Capacity:
		return "", ErrFull
	}
	c.Waiting = append(c.Waiting, learner)
	m.courses[id] = c
	return Waitlist, nil
}
