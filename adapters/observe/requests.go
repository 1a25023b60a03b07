package observe

import (
	"context"
	"net/http"
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
// handling the request.
func (t *Telemetry) Begin(r *http.Request) context.Context {
	ctx := w3c.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
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
