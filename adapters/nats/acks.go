package nats

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// An ackInbox receives the acks of messages that are in flight together. The client's own way takes a future, a timer and a decoder for
// each message, and wakes the sender for each ack: more processor time than the rest of its work.
type ackInbox struct {
	prefix string         // of the subjects of acks
	others chan *nats.Msg // acks of all messages but the last one
	last   chan *nats.Msg // comes when the others are there already, as a rule
	sent   uint64         // messages so far: the number of each is part of the subject of its ack

	subscriptions []*nats.Subscription
}

const maxIdle = 16 // inboxes that are kept for later messages: more than are used at a time, as a rule

// subscribe returns an inbox that no other messages use.
func (b *Bus) subscribe() (*ackInbox, error) {
	select {
	case a := <-b.idle:
		return a, nil
	default:
	}
	a := &ackInbox{prefix: b.conn.NewInbox(), others: make(chan *nats.Msg, 2*maxWindow), last: make(chan *nats.Msg, maxWindow)}
	for kind, acks := range map[string]chan *nats.Msg{".o.*": a.others, ".l.*": a.last} {
		s, err := b.conn.ChanSubscribe(a.prefix+kind, acks)
		if err != nil {
			return nil, err
		}
		a.subscriptions = append(a.subscriptions, s)
	}
	return a, nil
}

// keep lets other messages use the inbox.
func (b *Bus) keep(a *ackInbox) {
	select {
	case b.idle <- a:
	default:
		for _, s := range a.subscriptions {
			_ = s.Unsubscribe()
		}
	}
}

// deliver sends the first of n messages to a stream without waiting for acknowledgements in between. It returns the acknowledgements
// before the first message that was not acknowledged, and the reason why that one was not. A message is sent before the next one is made.
// Nothing is retried: the caller alone knows which messages may follow.
func (b *Bus) deliver(ctx context.Context, stream string, n int, message func(i int) *nats.Msg) ([]*jetstream.PubAck, error) {
	acks, err := b.exchange(ctx, min(n, maxWindow), message)
	if err != nil {
		err = b.deliveryError(stream, err)
	}
	return acks, err
}

func (b *Bus) exchange(ctx context.Context, n int, message func(i int) *nats.Msg) (acks []*jetstream.PubAck, err error) {
	a, err := b.subscribe()
	if err != nil {
		return nil, err
	}
	defer b.keep(a)
	disconnected := b.causes.untilDisconnected()
	discard(a.others) // acks of earlier messages, for which nothing waited
	discard(a.last)
	first, sent := a.sent, 0
	var sendErr error
	for ; sent < n; sent++ {
		m, kind := message(sent), ".o."
		if sent == n-1 {
			kind = ".l."
		}
		m.Reply = a.prefix + kind + strconv.FormatUint(first+uint64(sent), 10)
		if sendErr = b.conn.PublishMsg(m); sendErr != nil {
			break
		}
	}
	a.sent += uint64(n)
	received := make([]*nats.Msg, sent)
	waitErr := a.await(ctx, disconnected, first, received, sendErr == nil)
	stored := make([]jetstream.PubAck, sent)
	for i, m := range received {
		if m == nil {
			return acks, waitErr
		}
		if err := readAck(m, &stored[i]); err != nil {
			return acks, err
		}
		acks = append(acks, &stored[i])
	}
	return acks, sendErr
}

func discard(from <-chan *nats.Msg) {
	for len(from) > 0 {
		<-from
	}
}

// await waits for the acks of messages, the first of which has a number.
func (a *ackInbox) await(ctx context.Context, disconnected <-chan struct{}, first uint64, received []*nats.Msg, withLast bool) error {
	timeout := time.NewTimer(ackTimeout)
	defer timeout.Stop()
	from := a.others
	if withLast {
		from = a.last
	}
	for missing := len(received); missing > 0; {
		select {
		case m := <-from:
			number, err := strconv.ParseUint(m.Subject[len(a.prefix)+len(".o."):], 10, 64)
			if i := number - first; err == nil && i < uint64(len(received)) && received[i] == nil { // not of an earlier window
				received[i], from = m, a.others
				missing--
			}
		case <-disconnected:
			return nats.ErrDisconnected
		case <-timeout.C:
			return nats.ErrTimeout
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// readAck reads what the broker sent for a message: an ack or an error.
func readAck(m *nats.Msg, ack *jetstream.PubAck) error {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return nats.ErrNoResponders
	}
	// Nearly all are {"stream":"ROSTER_EVENTS", "seq":1}. What is longer, as of a duplicate, is decoded.
	if at := bytes.LastIndex(m.Data, []byte(`"seq":`)); at > 0 && bytes.HasPrefix(m.Data, []byte(`{"stream":`)) && bytes.HasSuffix(m.Data, []byte{'}'}) {
		number, err := strconv.ParseUint(string(m.Data[at+len(`"seq":`):len(m.Data)-1]), 10, 64)
		if err == nil && number > 0 {
			ack.Sequence = number
			return nil
		}
	}
	var answer struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil || answer.Error == nil && answer.Sequence == 0 {
		return jetstream.ErrInvalidJSAck
	}
	if answer.Error != nil {
		return answer.Error
	}
	*ack = answer.PubAck
	return nil
}
