package app

import (
	"errors"

	"github.com/spf13/pflag"

	"example.com/roster/application"
	"example.com/roster/domain"
)

type runWorker struct {
	background
	metrics
}

func (c *runWorker) Flags(f *pflag.FlagSet) {
	c.background.Flags(f)
	c.metrics.Flags(f)
}

// Run does what serve does but answer HTTP, until the program is told to end.
func (c runWorker) Run(p *program, _ []string) (err error) {
	if c.URL == "" {
		return &domain.Violation{Field: "nats-url", Detail: "must be the URL of the broker whose queue to process, such as nats://HOST:4222"}
	}
	telemetry, log, err := c.watch(p, p.logger(p.options.Stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutDown(p.ctx, telemetry)) }()
	core, err := p.core(telemetry.Store, application.WithRetention(c.Retention))
	if err != nil {
		return err
	}

	var beside besides
	defer beside.end()
	service := telemetry.Service(core.service)
	if err := c.exchange(p, &beside, core, service, telemetry, log); err != nil {
		return err
	}
	beside.schedule(p.ctx, core, service, log)
	if err := c.show(p, &beside, telemetry, log); err != nil {
		return err
	}
	log.Info("working")
	if p.options.Ready != nil {
		p.options.Ready("")
	}
	<-p.ctx.Done()
	return nil
}
