package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/spf13/pflag"

	"example.com/roster/cmd/bare/adapters/httpapi"
	"example.com/roster/cmd/bare/adapters/identity"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

type serve struct {
	Addr      string
	LogLevel  slog.Level
	LogFormat string
}

func (c *serve) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.Addr, "addr", "127.0.0.1:8080", "Listen on `HOST:PORT`, on the loopback only.")
	f.TextVar(&c.LogLevel, "log-level", slog.LevelInfo, "Log messages of this `LEVEL` and above: debug, info, warn or error.")
	f.StringVar(&c.LogFormat, "log-format", "text", "Log as `FORMAT`, text or json.")
}

// Run serves until ctx ends, and then finishes the running requests.
func (c serve) Run(p *program, _ []string) error {
	s, cleanup, err := newServe(p.ctx, p, c)
	if err != nil {
		return err
	}
	defer cleanup()
	return s.run(p.ctx)
}

// A server is what serve runs.
type server struct {
	listener net.Listener
	api      *httpapi.Server
	options  Options
	log      *slog.Logger
}

func (s *server) run(ctx context.Context) error {
	s.log.Info("serving", "url", "http://"+s.listener.Addr().String())
	if s.options.Ready != nil {
		s.options.Ready(s.listener.Addr().String())
	}
	err := s.api.Serve(ctx, s.listener)
	s.log.Info("stopped")
	return err
}

// listen listens on the loopback only: anyone who can read the key in the data directory can act as any user.
func listen(ctx context.Context, c serve) (net.Listener, func(), error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil, nil, &domain.Violation{Field: "--addr", Detail: fmt.Sprintf("must be HOST:PORT on the loopback, such as 127.0.0.1:8080, got %q", c.Addr)}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w; choose another port with --addr", ports.ErrUnavailable, err)
	}
	return l, func() { _ = l.Close() }, nil
}

// newLog returns a log on stderr. Results go to stdout, and never to the log.
func newLog(o Options, c serve) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	switch c.LogFormat {
	case "json":
		return slog.New(slog.NewJSONHandler(o.Stderr, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(o.Stderr, options)), nil
	}
	return nil, &domain.Violation{Field: "--log-format", Detail: fmt.Sprintf("must be text or json, got %q", c.LogFormat)}
}

func newHTTP(s ports.Store, service httpapi.Service, key *identity.LocalKey, log *slog.Logger) *httpapi.Server {
	return httpapi.New(service, key.Actor, log, httpapi.Part{Name: "store", Ready: ready(s)})
}
