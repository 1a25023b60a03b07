package app

import (
	"context"
	"log/slog"
	"time"

	"example.com/roster/adapters/observe"
	"example.com/roster/adapters/schedule"
	"example.com/roster/ports"
)

// background is what serve and worker run alike: the relay of events, the queue's worker and the schedule.
type background struct {
	natsURL
	Retention time.Duration `default:"0" placeholder:"TIME" help:"How long journals are kept whole, as 8760h; older events that were published and overtaken are purged. 0 for good."`
}

// begin runs all of it, beside the API if there is one, until beside ends.
func (c background) begin(p *program, beside *besides, core *core, service ports.Service, telemetry *observe.Telemetry, log *slog.Logger) error {
	if err := c.exchange(p, beside, core, service, telemetry, log); err != nil {
		return err
	}
	beside.run(p.ctx, func(ctx context.Context) { schedule.Run(ctx, service, core.turns, log) })
	return nil
}
