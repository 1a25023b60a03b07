package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

type serve struct {
	Addr string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen: on the loopback only, for nobody is asked who he is."`
}

// Run serves until the program is told to end, and then finishes what is in flight.
func (c serve) Run(p *program) error {
	if err := onLoopback(c.Addr); err != nil {
		return err
	}
	listener, err := listen(p.ctx, c.Addr)
	if err != nil {
		return err
	}
	core, err := p.core()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log := p.logger(p.options.Stderr)
	server := httpapi.New(core.service, httpapi.WithLogger(log), httpapi.WithAuthenticator(p.anybody),
		httpapi.WithParts(httpapi.Part{Name: "store", Ready: core.ready}))
	log.Info("serving", "url", "http://"+listener.Addr().String(), "who", "everybody on this machine is staff")
	if p.options.Ready != nil {
		p.options.Ready(listener.Addr().String())
	}
	return server.Serve(p.ctx, listener)
}

// anybody takes everybody who can reach the loopback for staff.
func (p *program) anybody(*http.Request) (ports.Actor, error) {
	return ports.Actor{Tenant: p.Tenant, Subject: "local", Role: ports.Staff}, nil
}

func onLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return &domain.Violation{Field: "--addr", Detail: fmt.Sprintf("must be HOST:PORT, as 127.0.0.1:8080, not %q", addr)}
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return &domain.Violation{Field: "--addr", Detail: fmt.Sprintf("must be on the loopback, as 127.0.0.1:8080, not %q: "+
		"nobody is asked who he is, so nobody else may reach it", addr)}
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: somebody else listens on %s: choose another port with --addr", ports.ErrUnavailable, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return l, nil
}
