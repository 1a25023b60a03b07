package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/roster/adapters/observe"
)

// besides is what runs beside the API, and ends after it.
type besides struct {
	running sync.WaitGroup
	stops   []func()
}

// run runs f until the end, which does not come with ctx but with [besides.end].
func (b *besides) run(ctx context.Context, f func(context.Context)) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stops = append(b.stops, stop)
	b.running.Go(func() { f(ctx) })
}

// admin serves metrics and profiles at addr, unless that is off.
func (b *besides) admin(ctx context.Context, addr string, telemetry *observe.Telemetry, log *slog.Logger) error {
	if addr == "off" {
		return nil
	}
	listener, err := listen(ctx, addr, "--admin-addr")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: telemetry.Admin(), ReadHeaderTimeout: 5 * time.Second}
	b.stops = append(b.stops, func() { _ = server.Close() })
	b.running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin", "error", err)
		}
	})
	log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return nil
}

// end ends all of it, and returns when it has ended.
func (b *besides) end() {
	for _, stop := range b.stops {
		stop()
	}
	b.running.Wait()
}
