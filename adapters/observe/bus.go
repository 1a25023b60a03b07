package observe

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"

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
		p.published.WithLabelValues().Add(float64(acknowledged))
	}()
	return p.next.Publish(ctx, messages)
}

// Backlog makes /metrics show how many events are unpublished, and the age of the oldest. Each request of /metrics calls
// backlog; if that fails, the error is logged and the answer omits both metrics.
func (t *Telemetry) Backlog(now func() time.Time, backlog func(context.Context) (ports.Backlog, error)) {
	messages := prometheus.NewDesc("roster_outbox_backlog", "Unpublished events.", nil, nil)
	age := prometheus.NewDesc("roster_outbox_lag_seconds", "Age of the oldest unpublished event.", nil, nil)
	t.registry.MustRegister(collector(func(metrics chan<- prometheus.Metric) {
		b, err := backlog(context.Background())
		if err != nil {
			metrics <- prometheus.NewInvalidMetric(messages, err)
			return
		}
		lag := 0.0
		if b.Messages > 0 {
			lag = max(0, now().Sub(b.Oldest).Seconds())
		}
		metrics <- prometheus.MustNewConstMetric(messages, prometheus.GaugeValue, float64(b.Messages))
		metrics <- prometheus.MustNewConstMetric(age, prometheus.GaugeValue, lag)
	}))
}

// QueueHandler returns handle, instrumented: a span, a duration, and the number of commands for each call.
func (t *Telemetry) QueueHandler(
	handle func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error),
) func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
	p := port{t, "bus", t.bus}
	return func(ctx context.Context, commands []ports.QueuedCommand) (replies []ports.Reply, err error) {
		ctx, end := p.instrument(ctx, "handle", attribute.Int("roster.letters", len(commands)))
		defer func() { end(err) }()
		t.queued.WithLabelValues().Observe(float64(len(commands)))
		return handle(ctx, commands)
	}
}
