package nats

import "time"

// LeaseTime sets how long a lease lasts, so that tests need not wait.
func LeaseTime(d time.Duration) Options { return Options{leaseTime: d} }

// Sent returns how many messages the bus has sent, of any kind.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }
