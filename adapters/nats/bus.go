package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var (
	_ ports.Publisher = (*Bus)(nil)
	_ ports.Queue     = (*Bus)(nil)
)

// A Bus is a connection to the broker. Make one with [Connect], and close it. It is safe for concurrent use.
type Bus struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	log      *slog.Logger
	inMemory bool // missing streams are created in the broker's memory
	timings  leaseTimings
	events   streamState

	windowLogged sync.Once
}

// Options are for [Connect]. The zero value is for a broker that stores its streams on the disk.
type Options struct {
	Log       *slog.Logger               // logs lost connections and what a worker could not do; nil: nothing is logged
	InProcess nats.InProcessConnProvider // a server in this process, which is reached without the network
	InMemory  bool                       // missing streams are created in the memory of the broker, not on its disk
	leaseTime time.Duration
}

const (
	reconnectWait  = 250 * time.Millisecond
	dialTimeout    = 2 * time.Second
	ackTimeout     = 5 * time.Second
	requestTimeout = 2 * time.Second // also of a heartbeat; a response never arrives if the connection breaks in between
	flushTimeout   = 2 * time.Second
	maxPending     = 1 << 16 // unacknowledged messages: more than all concurrent senders have in flight
)

// Connect returns a bus on the broker at a URL, or on the brokers at several URLs, separated by commas. It succeeds even if no
// broker answers: the bus reconnects for ever, and until then every call that needs the broker is [ports.ErrUnavailable]. A
// malformed URL is [domain.ErrInvalidArgument].
func Connect(servers string, options Options) (*Bus, error) {
	if err := validateURLs(servers); err != nil {
		return nil, err
	}
	log := cmp.Or(options.Log, slog.New(slog.DiscardHandler))
	natsOptions := append(connectionHandlers(log), nats.Name("roster"), nats.Timeout(dialTimeout), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1)) // no buffering: sending while disconnected is an error
	if options.InProcess != nil {
		natsOptions = append(natsOptions, nats.InProcessServer(options.InProcess))
	}
	conn, err := nats.Connect(servers, natsOptions...)
	if err != nil {
		return nil, fmt.Errorf("nats: connect: %w: %w", domain.ErrInvalidArgument, err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(maxPending), jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	timings := leaseTimings(cmp.Or(options.leaseTime, leaseTime))
	return &Bus{conn: conn, js: js, log: log, inMemory: options.InMemory, timings: timings}, nil
}

// validateURLs rejects malformed URLs. Its error does not repeat the URL, which may hold a password.
func validateURLs(servers string) error {
	for server := range strings.SplitSeq(servers, ",") {
		server = strings.TrimSpace(server)
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		u, err := url.Parse(server)
		if err != nil || u.Hostname() == "" || !strings.Contains(" nats tls ws wss ", " "+u.Scheme+" ") {
			return fmt.Errorf("nats: %w: a broker's URL must look like nats://host:4222; separate several with commas",
				domain.ErrInvalidArgument)
		}
	}
	return nil
}

// connectionHandlers log when the connection is lost and when it is restored.
func connectionHandlers(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("broker connection lost", "error", err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { log.Debug("broker connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("broker reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("broker error", "error", err) }),
	}
}

// Ready returns [ports.ErrUnavailable] unless the broker answers and has the streams. It creates missing streams.
func (b *Bus) Ready(ctx context.Context) error {
	for _, name := range []string{leaseStream, eventStream, commandStream, replyStream} {
		if _, err := b.stream(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Close flushes what was sent and ends the connection. [Bus.Work] must have returned.
func (b *Bus) Close() {
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushTimeout) // what the broker does not accept in time is lost
	}
	b.conn.Close()
}

// unavailable wraps an error of the broker as [ports.ErrUnavailable]. The cause is text only, for the log.
func (b *Bus) unavailable(operation string, err error) error {
	if !b.conn.IsConnected() {
		err = cmp.Or(b.conn.LastError(), errors.New("no broker answers"))
	}
	return fmt.Errorf("nats: %s: %w: %v", operation, ports.ErrUnavailable, err)
}
