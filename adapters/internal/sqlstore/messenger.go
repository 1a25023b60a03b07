package sqlstore

import (
	"sync"
	"time"
)

// apart is how long after one message the next is sent at the soonest: what is told meanwhile is told by that one.
const apart = 25 * time.Millisecond

// A messenger sends a message after it was told to, without keeping who tells it waiting. Its goroutine lasts as long as
// there is something to send.
type messenger struct {
	send func()

	mu       sync.Mutex
	due      bool // there is something to send
	underway bool // a goroutine sends
	last     time.Time
	all      sync.WaitGroup
}

func (m *messenger) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = true
	if !m.underway {
		m.underway = true
		m.all.Go(m.run)
	}
}

// wait returns when everything is sent.
func (m *messenger) wait() { m.all.Wait() }

func (m *messenger) run() {
	for m.next() {
		time.Sleep(time.Until(m.last.Add(apart)))
		m.take()
		m.send()
		m.last = time.Now()
	}
}

// next reports whether there is something to send; if not, the goroutine is done.
func (m *messenger) next() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.underway = m.due
	return m.due
}

// take leaves to a further message only what is told from now on.
func (m *messenger) take() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.due = false
}
