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

// A Bus is a connection to the broker. Make one with [Connect], and close it. It is safe for concurrent use.
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

// WithLogger makes the bus log lost connections and what a worker could not do. By default it logs nothing.
func WithLogger(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithInProcess connects to a server in this process, without the network.
func WithInProcess(server nats.InProcessConnProvider) Option {
	return func(s *settings) { s.inProcess = server }
}

// WithMemory creates missing streams in the broker's memory. By default they are on its disk.
func WithMemory() Option { return func(s *settings) { s.storage = jetstream.MemoryStorage } }

const (
	reconnectWait  = 250 * time.Millisecond
	dialTimeout    = 2 * time.Second
	ackTimeout     = 5 * time.Second
	requestTimeout = 2 * time.Second // a response never arrives if the connection breaks in between
	flushTimeout   = 2 * time.Second
	maxPending     = 1 << 16 // unacknowledged messages: more than all concurrent senders have in flight
)

// Connect returns a bus on the broker at a URL, or on the brokers at several URLs, separated by commas. It succeeds even if no
// broker answers: the bus reconnects for ever, and until then every call that needs the broker is [ports.ErrUnavailable]. A
// malformed URL is [domain.ErrInvalidArgument].
func Connect(servers string, options ...Option) (*Bus, error) {
	if err := validateURLs(servers); err != nil {
		return nil, err
	}
	s := settings{log: slog.New(slog.DiscardHandler), timings: leaseTimings(leaseTime)}
	for _, o := range options {
		o(&s)
	}
	natsOptions := append(connectionHandlers(s.log), nats.Name("roster"), nats.Timeout(dialTimeout), nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectBufSize(-1)) // no buffering: sending while disconnected is an error
	if s.inProcess != nil {
		natsOptions = append(natsOptions, nats.InProcessServer(s.inProcess))
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
	return &Bus{conn: conn, js: js, log: s.log, storage: s.storage, timings: s.timings, retrier: newRetrier(s.log)}, nil
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
	for _, name := range []string{eventStream, commandStream, replyStream, leaseStream} {
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

const (
	attemptTimeout = 2 * ackTimeout // for one window of messages
	maxRetries     = 3
	minBackoff     = 100 * time.Millisecond // doubled after each attempt: in sum longer than a reconnect takes
	maxBackoff     = time.Second
	backoffJitter  = 0.25 // of a backoff

	failureThreshold = 5 // attempts in a row that find the broker unavailable
	coolDown         = 2 * time.Second
)

// An attempt that ends with one of these is not retried and does not count as a failure of the broker.
var (
	errOtherPublisher = errors.New("another process publishes too") // a retry would not continue after the own last message
	errCallerGone     = errors.New("the caller has left")
)

// newRetrier returns the policy by which everything is sent: publishing events, sending commands and replying share it.
//
// Terms. An attempt sends some messages and waits for their acknowledgements, at most attemptTimeout. The breaker is a circuit
// breaker that all senders of the bus share.
//
// States of the breaker:
//
//   - Closed: an attempt that finds the broker unavailable is retried after a backoff, at most maxRetries times. After
//     failureThreshold such attempts in a row, of any sender, the breaker opens.
//   - Open: each attempt fails at once, without a message. After coolDown the breaker is half open.
//   - Half open: one attempt probes the broker for all senders. Success closes the breaker, failure opens it again.
//
// Failure. When the retries are used up or the breaker is open, the error is [ports.ErrUnavailable], and the caller may try again
// at any time. What another publisher or the end of the caller's context caused is not retried.
func newRetrier(log *slog.Logger) failsafe.Executor[any] {
	retries := retrypolicy.NewBuilder[any]().HandleIf(isUnavailable).
		WithBackoff(minBackoff, maxBackoff).WithJitterFactor(backoffJitter).WithMaxRetries(maxRetries).ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[any]().HandleIf(isUnavailable).
		WithFailureThreshold(failureThreshold).WithSuccessThreshold(1).WithDelay(coolDown).
		OnOpen(func(e circuitbreaker.StateChangedEvent) {
			if e.OldState == circuitbreaker.ClosedState {
				log.Warn("publishing paused: broker unavailable")
			}
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) { log.Info("publishing resumed") }).
		Build()
	return failsafe.With[any](retries, breaker, timeout.New[any](attemptTimeout))
}

// isUnavailable reports whether an attempt found the broker unavailable.
func isUnavailable(_ any, err error) bool {
	return (errors.Is(err, ports.ErrUnavailable) || errors.Is(err, timeout.ErrExceeded)) &&
		!errors.Is(err, errOtherPublisher) && !errors.Is(err, errCallerGone)
}

// retry runs do under the policy of [newRetrier]. Its error is do's, or [ports.ErrUnavailable].
func (b *Bus) retry(ctx context.Context, do func(context.Context) error) error {
	err := b.retrier.WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		err := do(e.Context())
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", errCallerGone, err)
		}
		return err
	})
	if err != nil && ports.KindOf(err) == ports.ErrInternal && !errors.Is(err, ports.ErrInternal) { // failsafe's own, or ctx's
		return fmt.Errorf("nats: %w: %w", ports.ErrUnavailable, err)
	}
	return err
}
