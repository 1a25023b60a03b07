package nats

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
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
	url     string
	conn    *nats.Conn
	js      jetstream.JetStream
	log     *slog.Logger
	options Options
	timings leaseTimings
	events  streamState
	causes  causes

	idle chan *ackInbox

	windowLogged, copiesLogged sync.Once
}

// Options are for [Connect]. The zero value is for a broker that stores its streams on the disk.
type Options struct {
	Log       *slog.Logger               // logs lost connections and what a worker could not do; nil: nothing is logged
	InProcess nats.InProcessConnProvider // a server in this process, which is reached without the network
	InMemory  bool                       // missing streams are created in the memory of the broker, not on its disk
	Creds     string                     // a file with a user's JWT and seed, as nsc makes it; read again at each connection
	NKey      string                     // a file with a user's seed
	CA        string                     // a file with the authorities, in PEM, that may sign the broker's certificate; requires TLS
	Replicas  int                        // copies of each missing stream; 0: 3, or 1 if the broker has too few servers for that
	leaseTime time.Duration
}

const (
	reconnectWait  = 250 * time.Millisecond
	dialTimeout    = 2 * time.Second
	ackTimeout     = 5 * time.Second
	requestTimeout = 2 * time.Second // also of a heartbeat; a response never arrives if the connection breaks in between
	flushTimeout   = 2 * time.Second
)

// Connect returns a bus on the broker at a URL, or on the brokers at several URLs, separated by commas. It succeeds even if no
// broker answers: the bus reconnects for ever, and until then every call that needs the broker is [ports.ErrUnavailable]. What
// [Validate] refuses is [domain.ErrInvalidArgument].
func Connect(servers string, options Options) (*Bus, error) {
	login, err := validate(servers, options)
	if err != nil {
		return nil, err
	}
	b := &Bus{
		url: servers, log: cmp.Or(options.Log, slog.New(slog.DiscardHandler)), options: options,
		timings: leaseTimings(cmp.Or(options.leaseTime, leaseTime)), causes: causes{first: make(chan struct{}), lost: make(chan struct{})},
		idle: make(chan *ackInbox, maxIdle),
	}
	natsOptions := append(b.connectionHandlers(), nats.Name("roster"), nats.Timeout(dialTimeout), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1)) // no buffering: sending while disconnected is an error
	if options.InProcess != nil {
		natsOptions = append(natsOptions, nats.InProcessServer(options.InProcess))
	}
	if b.conn, err = nats.Connect(servers, append(natsOptions, login...)...); err != nil {
		return nil, fmt.Errorf("nats: connect: %w: %w", domain.ErrInvalidArgument, err)
	}
	if b.js, err = jetstream.New(b.conn); err != nil {
		b.conn.Close()
		return nil, fmt.Errorf("nats: %w: %w", ports.ErrInternal, err)
	}
	if !b.conn.IsConnected() {
		b.causes.wait()
	}
	options.warnOfReadableSecrets(b.log)
	return b, nil
}

// connectionHandlers log when the connection is lost and when it is restored, and remember why it is lost.
func (b *Bus) connectionHandlers() []nats.Option {
	log := b.log
	return []nats.Option{
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			b.causes.disconnected(err)
			if err != nil {
				log.Warn("broker connection lost", "error", err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { log.Debug("broker connected") }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.causes.disconnected(err) }),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("broker reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.causes.reported(err)
			log.Warn("broker error", "error", err)
		}),
	}
}

// Ready returns [ports.ErrUnavailable] unless the broker answers and has the streams. It creates missing streams.
func (b *Bus) Ready(ctx context.Context) error {
	var missing []string
	for _, name := range streams {
		s, err := b.stream(ctx, name)
		if err != nil {
			return err
		}
		missing = append(missing, b.missingCopies(s.CachedInfo())...)
	}
	if len(missing) > 0 {
		b.copiesLogged.Do(func() { b.log.Warn("streams have too few copies", "streams", missing) })
	}
	return nil
}

// URL returns the address that [Connect] was given. It may have a token in it.
func (b *Bus) URL() string { return b.url }

// Close flushes what was sent and ends the connection. [Bus.Work] must have returned.
func (b *Bus) Close() {
	if b.conn.IsConnected() {
		_ = b.conn.FlushTimeout(flushTimeout) // what the broker does not accept in time is lost
	}
	b.conn.Close()
}
