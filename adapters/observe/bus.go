package observe

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"example.com/roster/ports"
)

// Publisher returns p, observed: a span and a duration for each batch, and how many messages were acknowledged.
func (t *Telemetry) Publisher(p ports.Publisher) ports.Publisher { return publisher{p, t} }

type publisher struct {
	next ports.Publisher
	*Telemetry
}

func (p publisher) Publish(ctx context.Context, messages []ports.Message) (acknowledged int, err error) {
	ctx, end := p.watch(ctx, p.bus, "bus", "publish", attribute.Int("roster.messages", len(messages)))
	defer func() {
		end(err)
		p.published.Add(ctx, int64(acknowledged))
	}()
	return p.next.Publish(ctx, messages)
}

// Backlog has /metrics show how many events wait to be published, and for how long the oldest of them has. backlog is asked
// whenever /metrics is; where it fails the figures are left out.
func (t *Telemetry) Backlog(clock ports.Clock, backlog func(context.Context) (ports.Backlog, error)) error {
	_, err := t.meters.Meter(scope).RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		b, err := backlog(ctx)
		if err != nil {
			return err
		}
		lag := 0.0
		if b.Messages > 0 {
			lag = max(0, clock.Now().Sub(b.Oldest).Seconds())
		}
		o.ObserveInt64(t.backlog, int64(b.Messages))
		o.ObserveFloat64(t.lag, lag)
		return nil
	}, t.backlog, t.lag)
	return err
}

// Letters returns handle, observed: how many letters were handed out at once, how long that took, and whether it failed.
func (t *Telemetry) Letters(
	handle func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error),
) func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
	return func(ctx context.Context, letters []ports.QueuedCommand) (replies []ports.Reply, err error) {
		ctx, end := t.watch(ctx, t.bus, "bus", "handle", attribute.Int("roster.letters", len(letters)))
		defer func() { end(err) }()
		t.letters.Record(ctx, int64(len(letters)))
		return handle(ctx, letters)
	}
}
