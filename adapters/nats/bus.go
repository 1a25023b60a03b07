package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

var (
	_ ports.Publisher = (*Bus)(nil)
	_ ports.Queue     = (*Bus)(nil)
)

// A Bus is a connection to the broker. Make one with [Connect], and close it; it is safe for concurrent use.
type Bus struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	log      *slog.Logger
	storage  jetstream.StorageType
	pace     pace
	persist  failsafe.Executor[any]
	outgoing outgoing
}

// An Option is for [Connect].
type Option func(*settings)

type settings struct {
	log     *slog.Logger
	inside  nats.InProcessConnProvider
	storage jetstream.StorageType
	pace    pace
}

// WithLogger has the bus log when the broker goes and comes, and what a worker could not do. The default is silence.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithInProcess connects to a server in this process, without the network.
func WithInProcess(server nats.InProcessConnProvider) Option {
	return func(s *settings) { s.inside = server }
}

// WithMemory has streams that are missing made in the memory of the broker. The default is its disk.
func WithMemory() Option { return func(s *settings) { s.storage = jetstream.MemoryStorage } }

const (
	reconnectWait = 250 * time.Millisecond
	dialTimeout   = 2 * time.Second
	ackTimeout    = 5 * time.Second
	askTimeout    = 2 * time.Second // for an answer, which does not come where the connection breaks meanwhile
	flushTimeout  = 2 * time.Second
	maxPending    = 1 << 16 // messages that wait for an acknowledgement: more than all who send have under way
)

// Connect returns a bus on the brokers at a URL, or at several with commas between them. It does so where they are away, too:
// the bus tries to reach them for ever, and meanwhile all that needs them is [ports.ErrUnavailable]. What can't be a URL is
// [domain.ErrInvalidArgument].
func Connect(servers string, options ...Option) (*Bus, error) {
	if err := checkURLs(servers); err != nil {
		return nil, err
	}
	s := settings{log: slog.New(slog.DiscardHandler), pace: pace(leaseTime)}
	for _, o := range options {
		o(&s)
	}
	with := append(watched(s.log), nats.Name("roster"), nats.Timeout(dialTimeout), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1)) // what can't be sent now is an error now
	if s.inside != nil {
		with = append(with, nats.InProcessServer(s.inside))
	}
	conn, err := nats.Connect(servers, with...)
	if err != nil {
		return nil, fmt.Errorf("nats: connect: %w: %w", domain.ErrInvalidArgument, err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(maxPending), jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	return &Bus{conn: conn, js: js, log: s.log, storage: s.storage, pace: s.pace, persist: persistence(s.log)}, nil
}

// checkURLs refuses what no server can be at. It does not repeat it: a URL may hold a password.
func checkURLs(servers string) error {
	for server := range strings.SplitSeq(servers, ",") {
		server = strings.TrimSpace(server)
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		u, err := url.Parse(server)
		if err != nil || u.Hostname() == "" || !strings.Contains(" nats tls ws wss ", " "+u.Scheme+" ") {
			return fmt.Errorf("nats: %w: a broker's URL is like nats://host:4222, and several have commas between them",
				domain.ErrInvalidArgument)
		}
	}
	return nil
}

// watched logs when the connection is lost, and when it is there again.
func watched(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("the broker is away", "error", err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { log.Debug("the broker is there") }),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("the broker is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("the broker", "error", err) }),
	}
}

// Ready returns [ports.ErrUnavailable] unless the broker answers and has the streams; those that are missing are made.
func (b *Bus) Ready(ctx context.Context) error {
	for _, name := range []string{eventStream, commandStream, replyStream, leaseStream} {
		if _, err := b.stream(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// Close sends what is on its way, and ends the connection. Work must have ended.
func (b *Bus) Close() {
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushTimeout) // a broker that does not answer now will not have it
	}
	b.conn.Close()
}

// away returns an error as one of the broker's, which may not be there: [ports.ErrUnavailable]. Why is for the log.
func (b *Bus) away(doing string, err error) error {
	if !b.conn.IsConnected() {
		err = cmp.Or(b.conn.LastError(), errors.New("no broker answers"))
	}
	return fmt.Errorf("nats: %s: %w: %v", doing, ports.ErrUnavailable, err)
}
