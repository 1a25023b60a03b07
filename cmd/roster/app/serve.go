package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/cli"
	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/observe"
	"example.com/roster/application"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type serve struct {
	Addr            string
	TLSCert, TLSKey string
	RateLimit       string
	Cache           string
	provider
	metrics
	background
}

func (c *serve) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "Listen on `HOST:PORT`; without --oidc-issuer, on the loopback only.")
	f.StringVar(&c.TLSCert, "tls-cert", "", "Serve TLS with the PEM certificate in `FILE`; it is reloaded when it changes.")
	f.StringVar(&c.TLSKey, "tls-key", "", "Use the PEM private key in `FILE` for --tls-cert.")
	f.StringVar(&c.RateLimit, "rate-limit", "600/1m", "Allow each caller N requests per TIME, as `N/TIME`; off: any number.")
	cli.OneOf(f, &c.Cache, "cache", "on", "Cache courses for a second, `on|off`.", "on", "off")
	c.provider.Flags(f)
	c.metrics.Flags(f)
	c.background.Flags(f)
}

// Run serves until the program is told to end, and then finishes what is in flight.
func (c serve) Run(p *program, _ []string) (err error) {
	if err := c.reachable(); err != nil {
		return err
	}
	listener, err := listen(p.ctx, c.Addr, "--addr")
	if err != nil {
		return err
	}
	defer listener.Close()
	telemetry, log, err := c.watch(p, p.logger(p.options.Stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutDown(p.ctx, telemetry)) }()
	options, err := c.options(p, log)
	if err != nil {
		return err
	}
	core, err := p.core(telemetry.Store, application.WithRetention(c.Retention))
	if err != nil {
		return err
	}
	group := application.NewBatcher(core.service, application.BatcherOptions{})
	defer group.Close()
	service, err := c.service(group, telemetry)
	if err != nil {
		return err
	}

	beside := besides{parts: []httpapi.Part{{Name: "store", Ready: core.ready}}}
	defer beside.end()
	if err := c.exchange(p, &beside, core, service, telemetry, log); err != nil {
		return err
	}
	beside.schedule(p.ctx, core, service, log)
	if err := c.show(p, &beside, telemetry, log); err != nil {
		return err
	}

	server := httpapi.New(service, append(options, httpapi.WithObserver(telemetry), httpapi.WithParts(beside.parts...))...)
	log.Info("serving", "url", c.url(listener))
	if p.options.Ready != nil {
		p.options.Ready(listener.Addr().String())
	}
	return server.Serve(p.ctx, listener)
}

// service is what the doors are given, with what serve puts around it.
func (c serve) service(service ports.Service, telemetry *observe.Telemetry) (ports.Service, error) {
	if c.Cache == "off" {
		return telemetry.Service(service), nil
	}
	cache := application.NewCache(service, application.CacheOptions{})
	return telemetry.Service(cache), telemetry.Cache(cache.Stats)
}

func (c serve) url(l net.Listener) string {
	if c.TLSCert != "" {
		return "https://" + l.Addr().String()
	}
	return "http://" + l.Addr().String()
}

// options are what the flags say of the API.
func (c serve) options(p *program, log *slog.Logger) ([]httpapi.Option, error) {
	limit, err := httpapi.ParseLimit(c.RateLimit)
	if err != nil {
		return nil, err
	}
	authenticate := localAuthenticator
	if c.given() {
		authenticate = c.authenticator
	}
	who, err := authenticate(p)
	if err != nil {
		return nil, err
	}
	options := []httpapi.Option{httpapi.WithLogger(log), httpapi.WithAuthenticator(who), httpapi.WithRateLimit(limit)}
	if c.TLSCert == "" && c.TLSKey == "" {
		return options, nil
	}
	config, err := httpapi.ReloadingTLS(c.TLSCert, c.TLSKey, log)
	if err != nil {
		return nil, fmt.Errorf("%w: --tls-cert and --tls-key: %w", domain.ErrInvalidArgument, err)
	}
	return append(options, httpapi.WithTLS(config)), nil
}

// reachable refuses addresses that more can reach than may.
func (c serve) reachable() error {
	if c.given() {
		return checkAddr("--addr", c.Addr, false, "")
	}
	return checkAddr("--addr", c.Addr, true, "anyone who can read the key in the data directory can act as any user"+
		"; name a provider with --oidc-issuer to listen on another address")
}

func checkAddr(flag, addr string, loopback bool, why string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return &domain.Violation{Field: flag, Detail: fmt.Sprintf("must be HOST:PORT, such as 127.0.0.1:8080, got %q", addr)}
	}
	if ip := net.ParseIP(host); !loopback || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return &domain.Violation{Field: flag, Detail: fmt.Sprintf("must be on the loopback, such as 127.0.0.1:8080, got %q: %s", addr, why)}
}

func listen(ctx context.Context, addr, flag string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: another process listens on %s; choose another port with %s", ports.ErrUnavailable, addr, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return l, nil
}
