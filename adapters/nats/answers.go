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

// answers are what the broker answers to the events of a window. The client's own way takes a future, a timer and a decoder for each
// message, and wakes the sender for each answer: more processor time than the rest of its work.
type answers struct {
	inbox  string
	others chan *nats.Msg // answers to all messages of a window but the last one
	last   chan *nats.Msg // the broker answers in order, so the others are there already
	sent   uint64         // messages so far: the number of each is part of the subject of its answer
}

// subscribe returns answers that arrive on the connection.
func subscribe(conn *nats.Conn) (*answers, error) {
	a := &answers{inbox: conn.NewInbox(), others: make(chan *nats.Msg, 2*maxWindow), last: make(chan *nats.Msg, 2*maxWindow)}
	if _, err := conn.ChanSubscribe(a.inbox+".o.*", a.others); err != nil {
		return nil, err
	}
	_, err := conn.ChanSubscribe(a.inbox+".l.*", a.last)
	return a, err
}

// publishAll publishes n messages without waiting for answers in between. It returns the acknowledgements before the first message that
// was not acknowledged, and the reason why that one was not. A message is sent before the next one is made.
func (b *Bus) publishAll(ctx context.Context, n int, message func(i int) *nats.Msg) (acks []*jetstream.PubAck, err error) {
	if b.events.answers == nil {
		if b.events.answers, err = subscribe(b.conn); err != nil {
			return nil, err
		}
	}
	a := b.events.answers
	discard(a.others) // answers to an earlier window, which did not wait for them
	discard(a.last)
	discard(b.disconnected)
	first, sent := a.sent, 0
	var sendErr error
	for ; sent < n && sendErr == nil; sent++ {
		m, kind := message(sent), ".o."
		if sent == n-1 {
			kind = ".l."
		}
		m.Reply = a.inbox + kind + strconv.FormatUint(first+uint64(sent), 10)
		if sendErr = b.conn.PublishMsg(m); sendErr != nil {
			break
		}
	}
	a.sent += uint64(n)
	received := make([]*nats.Msg, sent)
	waitErr := a.receive(ctx, b.disconnected, first, received, sendErr == nil)
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

func discard[T any](from <-chan T) {
	for {
		select {
		case <-from:
		default:
			return
		}
	}
}

// receive waits for the answers to messages, the first of which has a number.
func (a *answers) receive(ctx context.Context, disconnected <-chan struct{}, first uint64, received []*nats.Msg, withLast bool) error {
	timeout := time.NewTimer(ackTimeout)
	defer timeout.Stop()
	from := a.others
	if withLast {
		from = a.last
	}
	for missing := len(received); missing > 0; {
		select {
		case m := <-from:
			number, err := strconv.ParseUint(m.Subject[len(a.inbox)+len(".o."):], 10, 64)
			if i := number - first; err == nil && number >= first && i < uint64(len(received)) && received[i] == nil { // not of an earlier window
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

// readAck reads an answer.
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
