package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/ports"
)

// watch begins a span, and a measurement of it. What it returns ends both.
func (t *Telemetry) watch(
	ctx context.Context, durations metric.Float64Histogram, port, name string, about ...attribute.KeyValue,
) (context.Context, func(error)) {
	begin := time.Now()
	ctx, span := t.tracer.Start(ctx, port+"."+name, trace.WithAttributes(about...))
	return ctx, func(err error) {
		failed := ports.KindOf(err)
		durations.Record(ctx, time.Since(begin).Seconds(), callLabels.of(called{name, string(failed)}))
		if failed != "" {
			span.SetAttributes(kind.String(string(failed)))
		}
		if failed == ports.ErrInternal || failed == ports.ErrUnavailable {
			span.SetStatus(codes.Error, string(failed))
		}
		span.End()
	}
}
