package nats

import "time"

// LeaseTime sets how long a lease lasts, so that tests need not wait.
func LeaseTime(d time.Duration) Options { return Options{leaseTime: d} }

// LeaseTimings returns what is derived from how long a lease lasts.
func LeaseTimings(lease time.Duration) (heartbeat, renewal, retry, trusted time.Duration) {
	t := leaseTimings(lease)
	return t.heartbeat(), t.renewal(), t.retry(), t.trusted()
}

// Sent returns how many messages the bus has sent, of any kind.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }
