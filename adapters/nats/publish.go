package nats

import (
	"cmp"
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
	windowGrowth = 4  // factor, after a window that was acknowledged
	maxLost      = 50 // ids of a message that the broker may know although it has lost each of them
)

// streamState is what the bus knows of the stream of events.
type streamState struct {
	sync.Mutex
	known        bool
	lastSequence uint64 // of the stream, if known
	singleServer bool   // stores the stream, so the broker can check the id of the last message, too
	whole        bool   // the stream holds each message whose id the broker knows
	duplicate    bool   // the last message was in the stream already, so those that follow may be, too
	window       int    // messages of the next window
	lost         int    // messages of this call that the stream did not hold any more
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
// failure the state is unknown, and the attempt is retried. If the stream is found shorter than it was, it was emptied or restored: the
// call fails once, so that its caller can look.
//
// Lost messages. The broker knows the id of a message for two minutes, even if the message was purged or deleted since then, and
// acknowledges it as a duplicate. So the bus checks that the stream holds each duplicate, and publishes one that was lost with the
// next number of a republication in its id. Until the stream is whole again, a window of duplicates has one message: a later
// message must not be stored before one that was lost.
//
// If another process publishes at the same moment, its messages may take the sequences of refused ones, and later messages of
// the window would match again. So each message also names the id of the one before it. A cluster does not get that header,
// because a server that was down may not know the last id: on a cluster, only one process may publish at a time.
func (b *Bus) Publish(ctx context.Context, messages []ports.Message) (int, error) {
	s := &b.events
	s.Lock()
	defer s.Unlock()
	s.lost = 0
	n, err := sendAll(ctx, len(messages), func(ctx context.Context, done int) (int, error) {
		return b.publishWindow(ctx, messages[done:])
	})
	if s.lost > 0 {
		b.log.Warn("the stream did not hold events that the broker has acknowledged before, so they are published again", "stream", eventStream, "events", s.lost)
	}
	return n, err
}

// publishWindow publishes the first of the messages and returns how many were acknowledged and are held. A refusal after an
// acknowledgement is no error.
func (b *Bus) publishWindow(ctx context.Context, messages []ports.Message) (int, error) {
	acks, sendErr := b.sendWindow(ctx, messages)
	held, err := b.held(ctx, messages, acks)
	if err != nil || held == len(acks) {
		return held, cmp.Or(err, sendErr)
	}
	if held < len(acks)-1 {
		b.events.known = false // a message after the lost one may be stored
	}
	if err := b.publishLost(ctx, messages[held]); err != nil {
		return held, err
	}
	b.events.duplicate = true // and lost, perhaps
	return held + 1, nil
}

// publishLost publishes a message whose id the broker knows, and which the stream does not hold, with another id.
func (b *Bus) publishLost(ctx context.Context, m ports.Message) error {
	b.events.lost++
	for range maxLost {
		m.Republication++
		acks, err := b.sendWindow(ctx, []ports.Message{m})
		if err != nil {
			return err
		}
		if held, err := b.held(ctx, []ports.Message{m}, acks); err != nil || held == 1 {
			return err
		}
	}
	return fmt.Errorf("nats: event %s: %w: %w, and stream %s does not hold that", m.ID, ports.ErrUnavailable, errDuplicate, eventStream)
}

// sendWindow sends the first of the messages and returns the acknowledgements of the first of these.
func (b *Bus) sendWindow(ctx context.Context, messages []ports.Message) ([]*jetstream.PubAck, error) {
	s := &b.events
	if !s.known {
		if err := b.resync(ctx); err != nil {
			return nil, err
		}
	}
	n := min(len(messages), s.window)
	if s.duplicate && !s.whole {
		n = 1
	}
	var encoder eventEncoder
	expected, previousID := s.lastSequence, ""
	acks, err := b.deliver(ctx, eventStream, n, func(i int) *nats.Msg {
		m := encoder.message(messages[i])
		encoder.set(jetstream.ExpectedLastSeqHeader, strconv.FormatUint(expected, 10))
		encoder.set(jetstream.ExpectedLastMsgIDHeader, previousID)
		if !s.duplicate {
			expected++
			if s.singleServer {
				previousID = messageID(messages[i])
			}
		}
		return m
	})
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
	return acks, err
}

// resync reads the state of the stream from the broker.
func (b *Bus) resync(ctx context.Context) error {
	stream, err := b.stream(ctx, eventStream)
	if err != nil {
		return err
	}
	s, info := &b.events, stream.CachedInfo()
	if before := s.lastSequence; info.State.LastSeq < before {
		s.lastSequence = info.State.LastSeq
		return fmt.Errorf("nats: %w: %w: message %d is the last of stream %s, and was %d", ports.ErrUnavailable, errShorter, s.lastSequence, eventStream, before)
	}
	s.known, s.lastSequence, s.singleServer, s.whole = true, info.State.LastSeq, info.Config.Replicas == 1, isWhole(info)
	s.duplicate, s.window = false, maxWindow
	return nil
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
