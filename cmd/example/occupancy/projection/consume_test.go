package projection

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A cluster may answer "no responders" to the first fetch from a new consumer. There is no message then, and no error.
func TestFetchBeforeTheConsumerIsKnown(t *testing.T) {
	t.Parallel()
	for cause, want := range map[error]error{nats.ErrNoResponders: nil, nats.ErrConnectionClosed: nats.ErrConnectionClosed} {
		if messages, err := fetch(failing{cause: cause}, 10); len(messages) > 0 || err != want {
			t.Errorf("after %v: %d messages, %v; want %v", cause, len(messages), err, want)
		}
	}
}

// A failing consumer delivers an error and no message.
type failing struct {
	jetstream.Consumer
	cause error
}

func (c failing) FetchNoWait(int) (jetstream.MessageBatch, error) { return empty(c), nil }

type empty failing

func (b empty) Messages() <-chan jetstream.Msg {
	none := make(chan jetstream.Msg)
	close(none)
	return none
}

func (b empty) Error() error { return b.cause }
