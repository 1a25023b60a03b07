package observe

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/ports"
)

// busInstruments are the metrics of the outbox and of the bus.
type busInstruments struct {
	durations, queued *prometheus.HistogramVec // in seconds; how many
	published         *prometheus.CounterVec
	backlog, lag      *prometheus.Desc
}

func newBusInstruments(t *metricTable) busInstruments {
	return busInstruments{
		durations: t.histogram("roster_bus_duration_seconds", seconds,
			"Batches of published events and of handled commands, by kind of error.", "call", "kind"),
		queued:    t.histogram("roster_queue_letters", counts, "Commands in one batch of a queue partition."),
		published: t.counter("roster_events_published_total", "Events acknowledged by the broker."),
		backlog:   t.onRequest("gauge", "roster_outbox_backlog", "Unpublished events."),
		lag:       t.onRequest("gauge", "roster_outbox_lag_seconds", "Age of the oldest unpublished event."),
	}
}

func (t *Telemetry) busPort() port { return port{t, "bus", t.bus().durations} }

// Publisher returns p, instrumented: a span and a duration for each batch, and a count of acknowledged messages. The span is a
// child of the span that the first event names, with links to those of the others.
func (t *Telemetry) Publisher(p ports.Publisher) ports.Publisher {
	return publisher{p, t.busPort()}
}

type publisher struct {
	ports.Publisher
	port
}

func (p publisher) Publish(ctx context.Context, messages []ports.Message) (acknowledged int, err error) {
	ctx, c := p.instrumentFor(ctx, "publish", causesOf(p.Telemetry, messages, traceOfMessage), attribute.Int("roster.messages", len(messages)))
	defer func() {
		c.end(err)
		p.bus().published.WithLabelValues().Add(float64(acknowledged))
	}()
	return p.Publisher.Publish(ctx, messages)
}

// Backlog makes /metrics show how many events are unpublished, and the age of the oldest. Each request of /metrics calls
// backlog; if that fails or takes 2 seconds, the error is logged and the answer omits both metrics.
func (t *Telemetry) Backlog(now func() time.Time, backlog func(context.Context) (ports.Backlog, error)) {
	bus := t.bus()
	t.registry.MustRegister(collector(func(metrics chan<- prometheus.Metric) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) // much less than Prometheus waits for all metrics
		defer cancel()
		b, err := backlog(ctx)
		if err != nil {
			metrics <- prometheus.NewInvalidMetric(bus.backlog, err)
			return
		}
		lag := 0.0
		if b.Messages > 0 {
			lag = max(0, now().Sub(b.Oldest).Seconds())
		}
		metrics <- prometheus.MustNewConstMetric(bus.backlog, prometheus.GaugeValue, float64(b.Messages))
		metrics <- prometheus.MustNewConstMetric(bus.lag, prometheus.GaugeValue, lag)
	}))
}

// QueueHandler returns handle, instrumented: a span, a duration, and the number of commands for each call. Each command has a
// span, too: a child of the sender's, or the first of a trace. It becomes the Trace of the command.
func (t *Telemetry) QueueHandler(
	handle func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error),
) func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
	p := t.busPort()
	return func(ctx context.Context, commands []ports.QueuedCommand) (replies []ports.Reply, err error) {
		ctx, commands, spans := p.startEach(ctx, commands)
		defer func() {
			for i, span := range spans {
				failed := err
				if failed == nil && i < len(replies) {
					failed = replies[i].Err
				}
				end(span, ports.KindOf(failed))
			}
		}()
		causes := causesOf(t, commands, traceOfQueued)
		ctx, c := p.instrumentFor(ctx, "handle", causes, attribute.Int("roster.letters", len(commands)))
		defer func() { c.end(err) }()
		t.bus().queued.WithLabelValues().Observe(float64(len(commands)))
		return handle(ctx, commands)
	}
}

// startEach starts a span for each command that is sampled. It returns one span for each command.
func (p port) startEach(ctx context.Context, queued []ports.QueuedCommand) (context.Context, []ports.QueuedCommand, []trace.Span) {
	if !p.exports {
		return ctx, queued, nil
	}
	queued, spans := slices.Clone(queued), make([]trace.Span, len(queued))
	for i := range queued {
		spans[i] = noSpan
		text := &queued[i].Command.Trace
		if *text != "" && !sampled(*text) {
			continue
		}
		kind, root := trace.WithSpanKind(trace.SpanKindConsumer), trace.WithNewRoot()
		of := ctx
		if *text != "" {
			of, root = trace.ContextWithRemoteSpanContext(ctx, spanOf(*text)), kind
		}
		of, spans[i] = p.tracer.Start(of, p.name+".command", kind, root)
		if spans[i].SpanContext().IsSampled() {
			*text = traceparentOf(of)
		}
	}
	return context.WithValue(ctx, startedEach{}, true), queued, spans
}

// Queue returns q, instrumented: a span and a duration for each Send. The span becomes the Trace of the commands.
func (t *Telemetry) Queue(q ports.Queue) ports.Queue { return queue{q, t.busPort()} }

type queue struct {
	ports.Queue
	port
}

func (q queue) Send(ctx context.Context, commands []ports.Command) (done int, err error) {
	ctx, c := q.instrument(ctx, "send", attribute.Int("roster.commands", len(commands)))
	defer func() { c.end(err) }()
	return q.Queue.Send(ctx, c.carriedBy(ctx, commands))
}
