package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cache"
	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/identity"
	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/observe"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type serve struct {
	Addr            string
	TLSCert, TLSKey string
	Cache           string
	Ephemeral       bool
	web
	oidc
	metrics
	natsURL
	retention
}

func (c *serve) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "Listen on `HOST:PORT`; without --oidc-issuer, on the loopback only.")
	f.StringVar(&c.TLSCert, "tls-cert", "", "Serve TLS with the PEM certificate in `FILE`; it is reloaded when it changes.")
	f.StringVar(&c.TLSKey, "tls-key", "", "Use the PEM private key in `FILE` for --tls-cert.")
	cli.OneOf(f, &c.Cache, "cache", "on", "Cache courses for a second, `on|off`.", "on", "off")
	f.BoolVar(&c.Ephemeral, "ephemeral", false, "For tests: serve from memory on free ports, without limits, until standard input closes; print the addresses.")
	c.web.Flags(f)
	c.oidc.Flags(f)
	c.metrics.Flags(f)
	c.natsURL.Flags(f)
	c.retention.Flags(f)
}

// Run serves until ctx ends, and then finishes the running requests.
func (c serve) Run(p *program, _ []string) error {
	if err := c.natsURL.validate(); err != nil {
		return err
	}
	if c.Ephemeral {
		return c.runEphemeral(p)
	}
	return p.run(newServe(p.ctx, p, c))
}

// A server is what serve runs. Wire makes the fields in this order, so addresses are checked before a database is opened.
type server struct {
	listener   net.Listener
	admin      *admin
	api        *httpapi.Server
	background *background
	bus        *nats.Bus
	flags      serve
	options    Options
	log        *slog.Logger
}

func (s *server) run(ctx context.Context) error {
	defer s.admin.start(s.log)()
	defer s.background.start(ctx)()
	s.log.Info("serving", "url", s.url())
	s.options.Ready(s.listener.Addr().String())
	return s.api.Serve(ctx, s.listener)
}

func (s *server) url() string {
	scheme := "http"
	if s.flags.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + s.listener.Addr().String()
}

// listenHTTP listens on the address of the API: on the loopback only, unless there is an OpenID Connect provider.
func listenHTTP(ctx context.Context, c serve) (net.Listener, func(), error) {
	if c.Ephemeral {
		return listen(ctx, "--addr", c.Addr, "--ephemeral gives a token to any program that asks for one")
	}
	loopbackOnly := "anyone who can read the key in the data directory can act as any user" +
		"; name a provider with --oidc-issuer to listen on another address"
	if c.oidc.given() {
		loopbackOnly = ""
	}
	return listen(ctx, "--addr", c.Addr, loopbackOnly)
}

// listen listens on the address that a flag names. loopbackOnly is the reason why that must be on the loopback, if it must.
func listen(ctx context.Context, flag, addr, loopbackOnly string) (net.Listener, func(), error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, &domain.Violation{Field: flag, Detail: fmt.Sprintf("must be HOST:PORT, such as 127.0.0.1:8080, got %q", addr)}
	}
	if loopbackOnly != "" && host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil, nil, &domain.Violation{Field: flag, Detail: fmt.Sprintf("must be on the loopback, such as 127.0.0.1:8080, got %q: %s", addr, loopbackOnly)}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, nil, fmt.Errorf("%w: address already in use: another process listens on %s; stop it, or choose another port with %s", ports.ErrUnavailable, addr, flag)
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return l, func() { _ = l.Close() }, nil
}

// newHTTPOptions returns what the flags say about the API.
func newHTTPOptions(c serve, who *identity.Verifier, log *slog.Logger) ([]httpapi.Option, error) {
	options, err := c.web.options()
	if err != nil {
		return nil, err
	}
	options = append(options, httpapi.WithLogger(log), httpapi.WithAuthenticator(who.Actor), httpapi.WithKnownTokens(who.Known))
	if c.TLSCert == "" && c.TLSKey == "" {
		return options, nil
	}
	config, err := httpapi.ReloadingTLS(c.TLSCert, c.TLSKey, log)
	if err != nil {
		return nil, fmt.Errorf("%w: --tls-cert and --tls-key: %w", domain.ErrInvalidArgument, err)
	}
	return append(options, httpapi.WithTLS(config)), nil
}

// newHTTP returns the API. Wire makes its parameters in this order, and closes them in the reverse order.
// Without the optional parts of /readyz it answers requests, and events stay in the journal.
func newHTTP(c configuration, options []httpapi.Option, s Storage, o httpapi.Observer, bus *nats.Bus, l *lag, service httpapi.Service, who *identity.Verifier) *httpapi.Server {
	parts := []httpapi.Part{
		{Name: "store", Ready: ready(s)},
		{Name: "broker", Ready: bus.Ready, Optional: true},
		{Name: "relay", Ready: l.ready, Optional: true},
		{Name: "identity", Ready: who.Ready}, // late: a provider that does not answer takes all the time there is
	}
	parts = append(parts, c.queryParts(s)...)
	return httpapi.New(service, append(options, httpapi.WithObserver(o), httpapi.WithParts(parts...))...)
}

// newCore returns the core of a process that serves or works.
func newCore(s ports.Store, c retention) *application.Service {
	return application.New(s, application.WithRetention(c.Retention))
}

// newBatcher returns group commit in front of the core.
func newBatcher(s *application.Service) (plainService, func()) {
	b := application.NewBatcher(s, application.BatcherOptions{})
	return b, b.Close
}

// A plainService is a service without telemetry.
type plainService ports.Service

// An observedStore is a store with telemetry.
type observedStore ports.Store

// newCache returns the store behind a cache, unless that is off.
func newCache(s observedStore, t *observe.Telemetry, c serve) ports.Store {
	if c.Cache == "off" {
		return s
	}
	cached := cache.New(s, cache.Options{})
	t.Cache(cached.Stats)
	return cached.Whole()
}

// A background is the work of serve and worker besides HTTP.
type background struct {
	schedule scheduler
	relay    *application.Relay
	queue    queueWorker
}

// start starts the work, which does not end with ctx. stop ends it and returns when it has ended.
func (b *background) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { b.schedule(ctx) })
	running.Go(func() { b.relay.Run(ctx) })
	running.Go(func() { b.queue(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}
