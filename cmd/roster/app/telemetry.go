package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/observe"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// metrics is where metrics and profiles are served.
type metrics struct{ AdminAddr string }

func (m *metrics) Flags(f *pflag.FlagSet) {
	f.StringVar(&m.AdminAddr, "admin-addr", "127.0.0.1:8081", "Serve metrics and profiles on `HOST:PORT`, on the loopback only; off disables them.")
}

// flushTimeout is for the collector to take the last spans.
const flushTimeout = 5 * time.Second

// newTelemetry returns the telemetry of a process. The cleanup sends the remaining spans. A collector that is away changes no exit
// code.
func newTelemetry(ctx context.Context, p *program) (*observe.Telemetry, func(), error) {
	log := newLog(p.options, p.configuration)
	t, err := observe.New(ctx, observe.WithLog(log))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	return t, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer cancel()
		if err := t.Shutdown(ctx); err != nil {
			log.Warn("traces not sent", "error", err)
		}
	}, nil
}

// newTracedLog returns a log whose records say which request they are about.
func newTracedLog(o Options, c configuration) *slog.Logger {
	return slog.New(observe.LogHandler(newLog(o, c).Handler(), httpapi.Correlation))
}

func instrumentStore(s Storage, t *observe.Telemetry) observedStore { return t.Store(s) }

func instrumentService(s plainService, t *observe.Telemetry) ports.Service { return t.Service(s) }

// newTracedService returns the core for one command. If the environment asks for traces, its calls have spans.
func newTracedService(p *program, s Storage) (ports.Service, func(), error) {
	t, cleanup, err := p.trace()
	if t == nil || err != nil {
		return newService(s), cleanup, err
	}
	return t.Service(application.New(t.Store(s))), cleanup, nil
}

// tracedQueue returns the queue for one command. If the environment asks for traces, sending has spans.
func (p *program) tracedQueue(q ports.Queue) (ports.Queue, error) {
	t, cleanup, err := p.trace()
	if t == nil || err != nil {
		return q, err
	}
	p.close = cleanup
	return t.Queue(q), nil
}

// trace starts the span of the command that runs, and makes p.ctx its context. It returns nil if the environment asks for no
// traces, and for completion. The cleanup ends the span and sends it.
func (p *program) trace() (*observe.Telemetry, func(), error) {
	if !observe.Enabled() || p.readOnly {
		return nil, func() {}, nil
	}
	t, cleanup, err := newTelemetry(p.ctx, p)
	if err != nil {
		return nil, nil, err
	}
	ctx, end := t.Command(p.ctx, p.command)
	p.ctx = ctx
	return t, func() { end(p.code); cleanup() }, nil
}

func instrumentPublisher(bus *nats.Bus, s Storage, t *observe.Telemetry) ports.Publisher {
	t.Backlog(time.Now, s.Backlog)
	return t.Publisher(bus)
}

// An admin is the HTTP server of metrics and profiles.
type admin struct {
	listener net.Listener // nil: it serves nothing
	server   http.Server
}

// newAdmin listens for requests of metrics, unless that is off.
func newAdmin(ctx context.Context, m metrics, t *observe.Telemetry, log *slog.Logger) (*admin, func(), error) {
	if m.AdminAddr == "off" {
		return &admin{}, func() {}, nil
	}
	listener, cleanup, err := listen(ctx, "--admin-addr", m.AdminAddr, "its requests are not authenticated")
	if err != nil {
		return nil, nil, err
	}
	log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return &admin{listener, http.Server{Handler: httpapi.LoopbackOnly(t.Admin()), ReadHeaderTimeout: 5 * time.Second}}, cleanup, nil
}

// start serves until stop is called, which returns when the server has ended.
func (a *admin) start(log *slog.Logger) (stop func()) {
	if a.listener == nil {
		return func() {}
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin server stopped", "error", err)
		}
	})
	return func() {
		_ = a.server.Close()
		running.Wait()
	}
}
