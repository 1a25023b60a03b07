package observe

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// w3c reads traceparent and tracestate. It ignores baggage, in which callers may put anything.
var w3c propagation.TraceContext

// Begin starts the span of a request, as a child of the one that its traceparent names, and returns the context for
// handling the request. If there are several traceparents, none counts.
func (t *Telemetry) Begin(r *http.Request) context.Context {
	ctx := r.Context()
	if len(r.Header.Values(traceparent)) == 1 {
		ctx = w3c.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	ctx, _ = t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx
}

// Request ends the span that [Telemetry.Begin] started in ctx, and measures the request. The pattern is that of the route,
// not the path, which may name a learner; it is empty for an unknown path.
func (t *Telemetry) Request(ctx context.Context, pattern, verb string, code int, took time.Duration) {
	t.requests.WithLabelValues(pattern, verb, strconv.Itoa(code)).Observe(took.Seconds())
	span := trace.SpanFromContext(ctx)
	span.SetName(verb + " " + pattern)
	span.SetAttributes(attribute.String("route", pattern), attribute.String("method", verb), attribute.Int("status", code))
	if code >= 500 {
		span.SetStatus(codes.Error, http.StatusText(code))
	}
	span.End()
}

// Command starts the span of a command of the command line, as a child of the one that the variable TRACEPARENT names. The
// returned function ends it with the exit code: 1 and 4 are failures of the program or its surroundings. Without an exporter
// there is no span.
func (t *Telemetry) Command(ctx context.Context, name string) (context.Context, func(code int)) {
	if !t.exports {
		return ctx, func(int) {}
	}
	ctx = w3c.Extract(ctx, propagation.MapCarrier{traceparent: os.Getenv("TRACEPARENT"), "tracestate": os.Getenv("TRACESTATE")})
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, func(code int) {
		span.SetAttributes(attribute.Int("process.exit.code", code))
		if code == 1 || code == 4 {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
