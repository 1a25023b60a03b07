package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/observe"
	"example.com/roster/domain"
)

// metrics are shown at an address of their own.
type metrics struct{ AdminAddr string }

func (m *metrics) Flags(f *pflag.FlagSet) {
	f.StringVar(&m.AdminAddr, "admin-addr", "127.0.0.1:8081", "Serve metrics and profiles on `HOST:PORT`, on the loopback only; off: do not serve them.")
}

// watch begins telemetry, and returns it with the log whose lines say which request they are about.
func (m metrics) watch(p *program, log *slog.Logger) (*observe.Telemetry, *slog.Logger, error) {
	if m.AdminAddr != "off" {
		if err := checkAddr("--admin-addr", m.AdminAddr, true, "its requests are not authenticated"); err != nil {
			return nil, nil, err
		}
	}
	telemetry, err := observe.New(p.ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	return telemetry, slog.New(observe.LogHandler(log.Handler(), httpapi.Correlation)), nil
}

// show serves metrics and profiles, unless that is off.
func (m metrics) show(p *program, beside *besides, telemetry *observe.Telemetry, log *slog.Logger) error {
	if m.AdminAddr == "off" {
		return nil
	}
	listener, err := listen(p.ctx, m.AdminAddr, "--admin-addr")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: telemetry.Admin(), ReadHeaderTimeout: 5 * time.Second}
	beside.stops = append(beside.stops, func() { _ = server.Close() })
	beside.running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin server stopped", "error", err)
		}
	})
	log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return nil
}

// shutDown sends what is still to be told, and waits a little for whom it is told to.
func shutDown(ctx context.Context, telemetry *observe.Telemetry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return telemetry.Shutdown(ctx)
}
