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
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
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
	conn    *nats.Conn
	js      jetstream.JetStream
	log     *slog.Logger
	storage jetstream.StorageType
	timings leaseTimings
	retrier failsafe.Executor[any]
	events  streamState
}

// An Option is for [Connect].
type Option func(*settings)

type settings struct {
	log       *slog.Logger
	inProcess nats.InProcessConnProvider
	storage   jetstream.StorageType
	timings   leaseTimings
}

// WithLogger has the bus log when the broker goes and comes, and what a worker could not do. The default is silence.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithInProcess connects to a server in this process, without the network.
func WithInProcess(server nats.InProcessConnProvider) Option {
	return func(s *settings) { s.inProcess = server }
}

// WithMemory has streams that are missing made in the memory of the broker. The default is its disk.
func WithMemory() Option { return func(s *settings) { s.storage = jetstream.MemoryStorage } }

const (
	reconnectWait  = 250 * time.Millisecond
	dialTimeout    = 2 * time.Second
	ackTimeout     = 5 * time.Second
	requestTimeout = 2 * time.Second // for an answer, which does not come where the connection breaks meanwhile
	flushTimeout   = 2 * time.Second
	maxPending     = 1 << 16 // messages that wait for an acknowledgement: more than all who send have under way
)

// Connect returns a bus on the brokers at a URL, or at several with commas between them. It does so where they are away, too:
// the bus tries to reach them for ever, and meanwhile all that needs them is [ports.ErrUnavailable]. What can't be a URL is
// [domain.ErrInvalidArgument].
func Connect(servers string, options ...Option) (*Bus, error) {
	if err := checkURLs(servers); err != nil {
		return nil, err
	}
	s := settings{log: slog.New(slog.DiscardHandler), timings: leaseTimings(leaseTime)}
	for _, o := range options {
		o(&s)
	}
	with := append(connectionHandlers(s.log), nats.Name("roster"), nats.Timeout(dialTimeout), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1)) // what can't be sent now is an error now
	if s.inProcess != nil {
		with = append(with, nats.InProcessServer(s.inProcess))
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
	return &Bus{conn: conn, js: js, log: s.log, storage: s.storage, timings: s.timings, retrier: newRetrier(s.log)}, nil
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
func connectionHandlers(log *slog.Logger) []nats.Option {
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
func (b *Bus) unavailable(doing string, err error) error {
	if !b.conn.IsConnected() {
		err = cmp.Or(b.conn.LastError(), errors.New("no broker answers"))
	}
	return fmt.Errorf("nats: %s: %w: %v", doing, ports.ErrUnavailable, err)
}

const (
	attemptTimeout = 2 * ackTimeout // for one burst of messages
	maxRetries     = 3
	minBackoff     = 100 * time.Millisecond // between attempts, doubled each time: in all longer than it takes to connect again
	maxBackoff     = time.Second
	backoffJitter  = 0.25 // of a pause

	failureThreshold = 5               // attempts in a row that find the broker away open the breaker
	coolDown         = 2 * time.Second // until somebody asks again
)

// Why an attempt was the last, and says nothing of the broker.
var (
	errOtherPublisher = errors.New("somebody else publishes, too") // to try again would not be to go on
	errCallerGone     = errors.New("who asked has left")
)

// persistence tries again what may go well in a moment. While the broker is away, one who sends asks for all: the others are
// told at once.
func newRetrier(log *slog.Logger) failsafe.Executor[any] {
	again := retrypolicy.NewBuilder[any]().HandleIf(isUnavailable).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(maxRetries).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleIf(isUnavailable).
		WithFailureThreshold(failureThreshold).WithSuccessThreshold(1).WithDelay(coolDown).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("messages can't be sent, and wait")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("messages are sent again") }).
		Build()
	return failsafe.With[any](again, breaker, timeout.New[any](attemptTimeout))
}

// away reports whether an attempt found the broker away.
func isUnavailable(_ any, err error) bool {
	return (errors.Is(err, ports.ErrUnavailable) || errors.Is(err, timeout.ErrExceeded)) &&
		!errors.Is(err, errOtherPublisher) && !errors.Is(err, errCallerGone)
}

// try does something with the broker, again where that may help. Its error is one of do, or [ports.ErrUnavailable].
func (b *Bus) retry(ctx context.Context, do func(context.Context) error) error {
	err := b.retrier.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		err := do(e.Context())
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", errCallerGone, err)
		}
		return err
	})
	if err != nil && ports.KindOf(err) == ports.ErrInternal && !errors.Is(err, ports.ErrInternal) { // one of failsafe's, or ctx's
		return fmt.Errorf("nats: %w: %w", ports.ErrUnavailable, err)
	}
	return err
}
