package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"example.com/roster/ports"
)

// Publisher returns p, instrumented: a span and a duration for each batch, and a count of acknowledged messages.
func (t *Telemetry) Publisher(p ports.Publisher) ports.Publisher {
	return publisher{p, port{t, "bus", t.bus}}
}

type publisher struct {
	next ports.Publisher
	port
}

func (p publisher) Publish(ctx context.Context, messages []ports.Message) (acknowledged int, err error) {
	ctx, end := p.instrument(ctx, "publish", attribute.Int("roster.messages", len(messages)))
	defer func() {
		end(err)
		p.published.Add(ctx, int64(acknowledged))
	}()
	return p.next.Publish(ctx, messages)
}

// Backlog makes /metrics show how many events are unpublished, and the age of the oldest. Each request of /metrics calls
// backlog; if that fails, the answer omits both metrics.
func (t *Telemetry) Backlog(now func() time.Time, backlog func(context.Context) (ports.Backlog, error)) error {
	_, err := t.meters.Meter(scope).RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		b, err := backlog(ctx)
		if err != nil {
			return err
		}
		lag := 0.0
		if b.Messages > 0 {
			lag = max(0, now().Sub(b.Oldest).Seconds())
		}
		o.ObserveInt64(t.backlog, int64(b.Messages))
		o.ObserveFloat64(t.lag, lag)
		return nil
	}, t.backlog, t.lag)
	return err
}

// QueueHandler returns handle, instrumented: a span, a duration, and the number of commands for each call.
func (t *Telemetry) QueueHandler(
	handle func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error),
) func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
	p := port{t, "bus", t.bus}
	return func(ctx context.Context, commands []ports.QueuedCommand) (replies []ports.Reply, err error) {
		ctx, end := p.instrument(ctx, "handle", attribute.Int("roster.letters", len(commands)))
		defer func() { end(err) }()
		t.queued.Record(ctx, int64(len(commands)))
		return handle(ctx, commands)
	}
}
