package nats

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Reach returns the version of the server that answers, or [ports.ErrUnavailable].
func (b *Bus) Reach(ctx context.Context) (version string, err error) {
	if !b.conn.IsConnected() {
		return "", b.unavailable("connect", nats.ErrDisconnected)
	}
	if err := b.conn.FlushWithContext(ctx); err != nil {
		return "", b.unavailable("connect", err)
	}
	return b.conn.ConnectedServerVersion(), nil
}

// MissingStreams returns the names of the streams that the broker does not have. It creates none.
func (b *Bus) MissingStreams(ctx context.Context) (missing []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, name := range streams {
		_, err := b.js.Stream(ctx, name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			missing = append(missing, name)
		case err != nil:
			return nil, b.unavailable("stream "+name, err)
		}
	}
	return missing, nil
}
