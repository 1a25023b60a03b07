package nats

import "time"

// WithLeaseTime sets how long a lease lasts, so that tests need not wait.
func WithLeaseTime(d time.Duration) Option { return func(s *settings) { s.timings = leaseTimings(d) } }

// Sent returns how many messages the bus has sent, of any kind.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }
