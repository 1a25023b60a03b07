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
	maxWindow    = 2048 // messages under way
	minWindow    = 16
	windowGrowth = 4 // times after a burst that was acknowledged
)

// outgoing is what the bus knows of the stream of events.
type streamState struct {
	sync.Mutex
	known        bool
	lastSequence uint64 // sequence of the stream, if known
	singleServer bool   // one server holds it, so messages can be checked against the id of the last one, too
	duplicate    bool   // the last message was there already: those that follow it may be, too
	window       int    // of the next burst; after a refusal it begins small, for a burst may be refused again
}

// Publish implements [ports.Publisher].
//
// Each message names the sequence that the stream must have come to. So what follows one that did not arrive is refused, and so
// is one who does not know that another publishes now: he is told once, and knows then where the stream is. Where another
// publishes in the same moment, his messages may take the places of those that were refused, and what is behind them would fit
// again; so each names the id of the one before it, too. A cluster is not asked for that: a server of it that was away may not
// know the last id. There, who publishes has to be alone.
func (b *Bus) Publish(ctx context.Context, messages []ports.Message) (done int, err error) {
	b.events.Lock()
	defer b.events.Unlock()
	for done < len(messages) && err == nil {
		err = b.retry(ctx, func(ctx context.Context) error {
			n, err := b.publishWindow(ctx, messages[done:])
			done += n
			return err
		})
	}
	if done == len(messages) { // in time, though ctx has ended since
		return done, nil
	}
	return done, err
}

// burst publishes some of the first messages, and returns how many were acknowledged. One that is refused after others were
// not is no error: the next burst begins with it.
func (b *Bus) publishWindow(ctx context.Context, messages []ports.Message) (int, error) {
	o := &b.events
	if !o.known {
		if err := b.resync(ctx); err != nil {
			return 0, err
		}
	}
	messages = messages[:min(len(messages), o.window)]
	expect, before := o.lastSequence, ""
	acks, err := b.deliver(ctx, len(messages), func(i int) *nats.Msg {
		m := eventMessage(messages[i])
		m.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatUint(expect, 10)}
		if !o.duplicate { // else nothing is stored before the first that is new, and what follows that is refused
			if o.singleServer && before != "" {
				m.Header[jetstream.ExpectedLastMsgIDHeader] = []string{before}
			}
			expect, before = expect+1, messages[i].ID
		}
		return m
	})
	for _, ack := range acks {
		if o.duplicate = ack.Duplicate; !ack.Duplicate {
			o.lastSequence = ack.Sequence
		}
	}
	switch {
	case err == nil:
		o.window = min(windowGrowth*o.window, maxWindow)
	case !errors.Is(err, errRefused):
		o.known = false
	case len(acks) == 0:
		o.known = false
		err = fmt.Errorf("%w: %w", errOtherPublisher, err)
	default:
		o.window, err = minWindow, nil
	}
	return len(acks), err
}

// locate asks where the stream is.
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

// deliver sends n messages without waiting in between, and returns the acknowledgements of the first of them: of all, or of
// those before the first that got none, and why it did not.
func (b *Bus) deliver(ctx context.Context, n int, message func(int) *nats.Msg) ([]*jetstream.PubAck, error) {
	sent := make([]jetstream.PubAckFuture, 0, n)
	var unsent error
	for i := range n {
		// To send one again is up to who knows what may come after it.
		f, err := b.js.PublishMsgAsync(message(i), jetstream.WithRetryAttempts(0))
		if err != nil {
			unsent = err
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
			return acks, b.deliveryError(err)
		case <-ctx.Done():
			return acks, b.deliveryError(context.Cause(ctx))
		}
	}
	if unsent != nil {
		return acks, b.deliveryError(unsent)
	}
	return acks, nil
}

// errRefused says that the stream has not come to where a message was to follow.
var errRefused = errors.New("refused: it does not follow what the stream has last")

// codeWrongLastID is the server's for a message that does not follow the one that it names.
const codeWrongLastID jetstream.ErrorCode = 10070

// undelivered says why a message was not acknowledged.
func (b *Bus) deliveryError(err error) error {
	if errors.Is(err, nats.ErrMaxPayload) {
		return fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		switch api.ErrorCode {
		case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant, codeWrongLastID:
			return fmt.Errorf("nats: %w: %w: %w", ports.ErrUnavailable, errRefused, err)
		case jetstream.JSErrCodeStreamMessageExceedsMaximum:
			return fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
		}
	}
	return b.unavailable("send", err)
}
