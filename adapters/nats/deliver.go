package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/ports"
)

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
			return acks, b.undelivered(err)
		case <-ctx.Done():
			return acks, b.undelivered(context.Cause(ctx))
		}
	}
	if unsent != nil {
		return acks, b.undelivered(unsent)
	}
	return acks, nil
}

// errRefused says that the stream has not come to where a message was to follow.
var errRefused = errors.New("refused: it does not follow what the stream has last")

// codeWrongLastID is the server's for a message that does not follow the one that it names.
const codeWrongLastID jetstream.ErrorCode = 10070

// undelivered says why a message was not acknowledged.
func (b *Bus) undelivered(err error) error {
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
	return b.away("send", err)
}
