package observe

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// w3c reads traceparent and tracestate. Baggage is left out: callers may put anything into it.
var w3c propagation.TraceContext

// Begin begins the span of a request, under the one that its traceparent names, and returns the context that the request is
// to be answered in.
func (t *Telemetry) Begin(r *http.Request) context.Context {
	ctx := w3c.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, _ = t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx
}

// Request ends the span that [Telemetry.Begin] began in ctx, and measures the request. The pattern is the route's, not the
// path, which may name a learner; unknown paths have none.
func (t *Telemetry) Request(ctx context.Context, pattern, verb string, code int, took time.Duration) {
	t.requests.Record(ctx, took.Seconds(), requestLabels.of(requested{pattern, verb, code}))
	span := trace.SpanFromContext(ctx)
	span.SetName(verb + " " + pattern)
	span.SetAttributes(route.String(pattern), method.String(verb), status.Int(code))
	if code >= 500 {
		span.SetStatus(codes.Error, http.StatusText(code))
	}
	span.End()
}
