package app

import (
	"context"
	"log/slog"

	"github.com/spf13/pflag"

	"example.com/roster/domain"
)

type work struct {
	natsURL
	metrics
	retention
}

func (c *work) Flags(f *pflag.FlagSet) {
	c.natsURL.Flags(f)
	c.metrics.Flags(f)
	c.retention.Flags(f)
}

// Run does what serve does except HTTP, until ctx ends.
func (c work) Run(p *program, _ []string) error {
	if c.URL == "" {
		return &domain.Violation{Field: "nats-url", Detail: "must be the URL of the broker whose queue to process, such as nats://HOST:4222"}
	}
	if err := c.natsURL.validate(); err != nil {
		return err
	}
	return p.run(newWorker(p.ctx, p, c))
}

// A workerProcess is what worker runs.
type workerProcess struct {
	admin      *admin
	background *background
	options    Options
	log        *slog.Logger
}

func (w *workerProcess) run(ctx context.Context) error {
	defer w.admin.start(w.log)()
	defer w.background.start(ctx)()
	w.log.Info("working")
	w.options.Ready("")
	<-ctx.Done()
	return nil
}
