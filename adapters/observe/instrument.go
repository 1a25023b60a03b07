package observe

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/ports"
)

// A port is what the instrumented calls of one port have in common.
type port struct {
	*Telemetry
	name      string // the first part of the spans' names
	durations *prometheus.HistogramVec
}

var noSpan = trace.SpanFromContext(context.Background())

// instrument starts a span and the measurement of a call; the returned function ends both. If the trace is not sampled, the
// call gets no span of its own.
func (p port) instrument(ctx context.Context, call string, attributes ...attribute.KeyValue) (context.Context, func(error)) {
	begin := time.Now()
	span := noSpan
	if parent := trace.SpanContextFromContext(ctx); !parent.IsValid() || parent.IsSampled() {
		ctx, span = p.tracer.Start(ctx, p.name+"."+call, trace.WithAttributes(attributes...))
	}
	return ctx, func(err error) {
		failed := ports.KindOf(err)
		p.durations.WithLabelValues(call, string(failed)).Observe(time.Since(begin).Seconds())
		if failed != "" {
			span.SetAttributes(attribute.String("kind", string(failed)))
		}
		if failed == ports.ErrInternal || failed == ports.ErrUnavailable {
			span.SetStatus(codes.Error, string(failed))
		}
		span.End()
	}
}

// call0 runs a method of a port, instrumented; call1, call2 and call3 run methods with as many arguments after the context.
func call0[R any](ctx context.Context, p port, name string, method func(context.Context) (R, error)) (result R, err error) {
	ctx, end := p.instrument(ctx, name)
	defer func() { end(err) }()
	return method(ctx)
}

func call1[A, R any](ctx context.Context, p port, name string, method func(context.Context, A) (R, error), a A) (R, error) {
	return call0(ctx, p, name, func(ctx context.Context) (R, error) { return method(ctx, a) })
}

func call2[A, B, R any](
	ctx context.Context, p port, name string, method func(context.Context, A, B) (R, error), a A, b B,
) (R, error) {
	return call0(ctx, p, name, func(ctx context.Context) (R, error) { return method(ctx, a, b) })
}

func call3[A, B, C, R any](
	ctx context.Context, p port, name string, method func(context.Context, A, B, C) (R, error), a A, b B, c C,
) (R, error) {
	return call0(ctx, p, name, func(ctx context.Context) (R, error) { return method(ctx, a, b, c) })
}

// run2 is call2 for a method that returns only an error.
func run2[A, B any](ctx context.Context, p port, name string, method func(context.Context, A, B) error, a A, b B) error {
	_, err := call0(ctx, p, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, method(ctx, a, b) })
	return err
}
