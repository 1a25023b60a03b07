package nats

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// LeaseTime sets how long a lease lasts, so that tests need not wait.
func LeaseTime(d time.Duration) Options { return Options{leaseTime: d} }

// LeaseTimings returns what is derived from how long a lease lasts.
func LeaseTimings(lease time.Duration) (heartbeat, renewal, retry, trusted time.Duration) {
	t := leaseTimings(lease)
	return t.heartbeat(), t.renewal(), t.retry(), t.trusted()
}

// HistoryOf returns up to which message a consumer's messages were delivered before and are not done, and how many times.
func HistoryOf(info *jetstream.ConsumerInfo) (upTo uint64, attempts int) {
	h := historyOf(info)
	return h.upTo, h.attempts
}

// Sent returns how many messages the bus has sent, of any kind.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }
