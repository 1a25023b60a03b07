package observe

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// LogHandler returns a handler that adds the correlation id and the trace id of the context to every record. correlation
// returns a context's correlation id, or "": only the entry point knows where a context holds it.
func LogHandler(next slog.Handler, correlation func(context.Context) string) slog.Handler {
	return logHandler{next, correlation}
}

type logHandler struct {
	slog.Handler
	correlation func(context.Context) string
}

const correlationID = "correlationId"

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	record = record.Clone()
	if id := h.correlation(ctx); id != "" && !has(record, correlationID) {
		record.AddAttrs(slog.String(correlationID, id))
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		record.AddAttrs(slog.String("traceId", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func has(record slog.Record, key string) (found bool) {
	record.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.correlation}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.correlation}
}
