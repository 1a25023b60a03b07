package nats

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
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

// Shares returns the shares of n workers.
func Shares(n int) (shares []int) {
	subjects := make(map[string]uint64)
	for i := range n {
		subjects[workerSubject(strconv.Itoa(i))] = 1
	}
	for s := range subjects {
		w := worker{membership: &lease{subject: s}}
		_, share := w.share(subjects)
		shares = append(shares, share)
	}
	return shares
}

// Sent returns how many messages the bus has sent, of any kind.
func (b *Bus) Sent() uint64 { return b.conn.Stats().OutMsgs }

// A Lease is a lease on a partition, for tests.
type Lease struct{ *lease }

// NewLease returns a lease that is not acquired.
func NewLease(b *Bus, partition, owner string) Lease {
	return Lease{&lease{bus: b, subject: leaseSubject(partition), owner: owner}}
}

// Renew acquires or extends the lease, and reports whether another owns it.
func (l Lease) Renew(ctx context.Context) (taken bool, err error) {
	err = l.renew(ctx)
	return errors.Is(err, errTaken), err
}

// Unanswered stores a renewal of the lease whose answer does not arrive.
func (l Lease) Unanswered(ctx context.Context) error {
	_, err := l.bus.js.Publish(ctx, l.subject, []byte(l.owner), jetstream.WithExpectLastSequencePerSubject(l.sequence))
	l.uncertain = true
	return err
}

// Body returns the body of an event's message.
func Body(m ports.Message) []byte { return new(eventEncoder).message(m).Data }

// ReadAck reads an ack of the broker.
func ReadAck(data, status string) (jetstream.PubAck, error) {
	m := &nats.Msg{Data: []byte(data), Header: nats.Header{}}
	if status != "" {
		m.Header.Set("Status", status)
	}
	var ack jetstream.PubAck
	err := readAck(m, &ack)
	return ack, err
}

// Unanswered waits for the ack of a message, which never comes, and returns why it stopped waiting.
func Unanswered(ctx context.Context, disconnected chan struct{}) error {
	a := &ackInbox{prefix: "_INBOX.test", others: make(chan *nats.Msg, 1), last: make(chan *nats.Msg, 3)}
	for _, other := range []string{"6", "8", "x"} { // of other windows, and of none
		a.last <- &nats.Msg{Subject: a.prefix + ".l." + other}
	}
	return a.await(ctx, disconnected, 7, make([]*nats.Msg, 1), true)
}
