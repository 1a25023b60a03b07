package app

import (
	"errors"
	"fmt"
	"log/slog"

	"example.com/roster/adapters/httpapi"
	"example.com/roster/adapters/observe"
	"example.com/roster/domain"
)

type runWorker struct {
	background
	AdminAddr string `default:"127.0.0.1:8081" placeholder:"HOST:PORT" help:"Where to show metrics and profiles, on the loopback only; off for nowhere."`
}

// Run does what serve does but answer HTTP, until the program is told to end.
func (c runWorker) Run(p *program) (err error) {
	if c.URL == "" {
		return &domain.Violation{Field: "nats-url", Detail: "must name the broker whose queue is to be worked off, as nats://HOST:4222"}
	}
	if err := checkAdmin(c.AdminAddr); err != nil {
		return err
	}
	telemetry, err := observe.New(p.ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	}
	defer func() { err = errors.Join(err, shutDown(p.ctx, telemetry)) }()
	log := slog.New(observe.LogHandler(p.logger(p.options.Stderr).Handler(), httpapi.Correlation))
	core, err := p.core(telemetry.Store, c.Retention)
	if err != nil {
		return err
	}
	bus, disconnect, err := c.connect(p, log)
	if err != nil {
		return err
	}
	defer disconnect()
	if err := bus.Ready(p.ctx); err != nil {
		log.Warn("broker", "error", err)
	}

	var beside besides
	defer beside.end()
	if err := beside.admin(p.ctx, c.AdminAddr, telemetry, log); err != nil {
		return err
	}
	if err := beside.background(p.ctx, core, telemetry.Service(core.service), bus, telemetry, log); err != nil {
		return err
	}
	log.Info("working")
	if p.options.Ready != nil {
		p.options.Ready("")
	}
	<-p.ctx.Done()
	return nil
}
