package observe

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A port is what the instrumented calls of one port have in common.
type port struct {
	*Telemetry
	name      string // the first part of the spans' names
	durations *prometheus.HistogramVec
}

var noSpan = trace.SpanFromContext(context.Background())

// A call is the measurement of one call of a port, and its span.
type call struct {
	port
	name  string
	begin time.Time
	ended func() error // why the caller's context has ended, or nil
	span  trace.Span   // noSpan if the trace is not sampled
}

// instrument starts a span and the measurement of a call; [call.end] ends both. If the trace is not sampled, the call gets no
// span of its own.
func (p port) instrument(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, *call) {
	return p.instrumentFor(ctx, name, nil, attributes...)
}

// instrumentFor is instrument for a call that serves commands whose spans are causes.
func (p port) instrumentFor(
	ctx context.Context, name string, causes []trace.SpanContext, attributes ...attribute.KeyValue,
) (context.Context, *call) {
	c := &call{p, name, time.Now(), ctx.Err, noSpan}
	return c.start(ctx, causes, attributes), c
}

// start starts the call's span: a child of the span in ctx if that is sampled, else of the first cause. It has links to the
// others.
func (c *call) start(
	ctx context.Context, causes []trace.SpanContext, attributes []attribute.KeyValue, options ...trace.SpanStartOption,
) context.Context {
	parent := trace.SpanContextFromContext(ctx)
	if !parent.IsSampled() && len(causes) > 0 {
		parent = causes[0]
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	if parent.IsValid() && !parent.IsSampled() {
		return ctx
	}
	ctx, c.span = c.tracer.Start(ctx, c.port.name+"."+c.name, append(options, trace.WithAttributes(attributes...))...)
	c.link(parent, causes)
	return ctx
}

func (c *call) link(parent trace.SpanContext, causes []trace.SpanContext) {
	for _, cause := range causes {
		if cause.SpanID() != parent.SpanID() {
			c.span.AddLink(trace.Link{SpanContext: cause})
		}
	}
}

func (c *call) end(err error) {
	kind := ports.KindOf(err)
	if errors.Is(c.ended(), context.Canceled) && (kind == ports.ErrUnavailable || errors.Is(err, context.Canceled)) {
		kind = canceled
	}
	c.durations.WithLabelValues(c.name, string(kind)).Observe(time.Since(c.begin).Seconds())
	end(c.span, kind)
}

// canceled is the kind of a call whose caller gave up, such as a client that has disconnected. Nothing has failed.
const canceled domain.Kind = "canceled"

func end(span trace.Span, failed domain.Kind) {
	if failed != "" {
		span.SetAttributes(attribute.String("kind", string(failed)))
	}
	if failed == ports.ErrInternal || failed == ports.ErrUnavailable {
		span.SetStatus(codes.Error, string(failed))
	}
	span.End()
}

// call0 runs a method of a port, instrumented; call1, call2 and call3 run methods with as many arguments after the context.
func call0[R any](ctx context.Context, p port, name string, method func(context.Context) (R, error)) (result R, err error) {
	ctx, c := p.instrument(ctx, name)
	defer func() { c.end(err) }()
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
