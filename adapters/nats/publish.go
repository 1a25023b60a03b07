package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

const (
	maxWindow    = 2048 // messages in flight
	minWindow    = 16
	windowGrowth = 4 // factor, after a window that was acknowledged
)

// streamState is what the bus knows of the stream of events.
type streamState struct {
	sync.Mutex
	known        bool
	lastSequence uint64 // of the stream, if known
	singleServer bool   // stores the stream, so the broker can check the id of the last message, too
	duplicate    bool   // the last message was in the stream already, so those that follow may be, too
	window       int    // messages of the next window
}

// Publish implements [ports.Publisher]. The broker keeps the order, by expected sequence.
//
// Terms. The sequence of a message is its number in the stream. A window is the messages that are in flight together. The
// expected sequence, in a header, is the sequence that the last message of the stream must have; otherwise the broker refuses
// the message. In a window each message expects the one before it.
//
// States of the bus:
//
//   - Unknown: the bus reads the last sequence from the broker (resync), then it is in sync.
//   - In sync: each acknowledged window makes the next one larger, up to maxWindow.
//   - Duplicates: the last message was in the stream already. All messages of the next window expect the same last sequence, so
//     the broker stores the first new one and refuses the rest. Then the bus is in sync again.
//
// Failure. If a message does not arrive, the broker refuses those that follow it in the window. If some messages were
// acknowledged before a refusal, the next window starts with the refused one and is small, because it may be refused again. If
// none was, another process publishes: the call fails with [ports.ErrUnavailable], and the next call resyncs. After any other
// failure the state is unknown, and the attempt is retried.
//
// If another process publishes at the same moment, its messages may take the sequences of refused ones, and later messages of
// the window would match again. So each message also names the id of the one before it. A cluster does not get that header,
// because a server that was down may not know the last id: on a cluster, only one process may publish at a time.
func (b *Bus) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	b.events.Lock()
	defer b.events.Unlock()
	return sendAll(ctx, len(messages), func(ctx context.Context, done int) (int, error) {
		return b.publishWindow(ctx, messages[done:])
	})
}

// publishWindow publishes the first of the messages and returns how many were acknowledged. A refusal after an acknowledgement
// is no error.
func (b *Bus) publishWindow(ctx context.Context, messages []ports.Message) (int, error) {
	s := &b.events
	if !s.known {
		if err := b.resync(ctx); err != nil {
			return 0, err
		}
	}
	window := make([]*nats.Msg, min(len(messages), s.window))
	expected, previousID := s.lastSequence, ""
	for i := range window {
		m := eventMessage(messages[i])
		m.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatUint(expected, 10)}
		if !s.duplicate {
			if s.singleServer && previousID != "" {
				m.Header[jetstream.ExpectedLastMsgIDHeader] = []string{previousID}
			}
			expected, previousID = expected+1, messages[i].ID
		}
		window[i] = m
	}
	acks, err := b.deliver(ctx, window)
	for _, ack := range acks {
		if s.duplicate = ack.Duplicate; !ack.Duplicate {
			s.lastSequence = ack.Sequence
		}
	}
	switch {
	case err == nil:
		s.window = min(windowGrowth*s.window, maxWindow)
	case !errors.Is(err, errRefused):
		s.known = false
	case len(acks) == 0:
		s.known = false
		err = fmt.Errorf("%w: %w", errOtherPublisher, err)
	default:
		s.window, err = minWindow, nil
	}
	return len(acks), err
}

// resync reads the state of the stream from the broker.
func (b *Bus) resync(ctx context.Context) error {
	s, err := b.stream(ctx, eventStream)
	if err != nil {
		return err
	}
	info := s.CachedInfo()
	b.events.known, b.events.lastSequence, b.events.singleServer = true, info.State.LastSeq, info.Config.Replicas == 1
	b.events.duplicate, b.events.window = false, maxWindow
	return nil
}

// deliver sends messages without waiting for acknowledgements in between. It returns the acknowledgements before the first
// message that was not acknowledged, and the reason why that one was not.
func (b *Bus) deliver(ctx context.Context, messages []*nats.Msg) ([]*jetstream.PubAck, error) {
	sent := make([]jetstream.PubAckFuture, 0, len(messages))
	var sendErr error
	stream := streamOf(messages[0].Subject)
	for _, m := range messages {
		// The client must not retry: the caller alone knows which messages may follow.
		f, err := b.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
		if err != nil {
			sendErr = err
			break
		}
		sent = append(sent, f)
	}
	acks := make([]*jetstream.PubAck, 0, len(sent))
	for _, f := range sent {
		select {
		case ack := <-f.Ok():
			acks = append(acks, ack)
		case err := <-f.Err():
			return acks, b.deliveryError(stream, err)
		case <-ctx.Done():
			return acks, b.deliveryError(stream, context.Cause(ctx))
		}
	}
	if sendErr != nil {
		return acks, b.deliveryError(stream, sendErr)
	}
	return acks, nil
}

// errRefused means that the stream's last message is not the one that a message expects.
var errRefused = errors.New("refused: the stream's last message is not the expected one")

// deliveryError classifies the reason why a message was not acknowledged.
func (b *Bus) deliveryError(stream string, err error) error {
	if errors.Is(err, nats.ErrMaxPayload) {
		return fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	switch codeOf(err) {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant, codeWrongLastID:
		return fmt.Errorf("nats: %w: %w: %w", ports.ErrUnavailable, errRefused, err)
	case jetstream.JSErrCodeStreamMessageExceedsMaximum:
		return fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	return b.unavailable("send to "+stream, err)
}
