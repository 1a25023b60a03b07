package observe

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// LogHandler returns next with the correlation id and the trace id of the context on every line. Where a line's context
// finds its correlation id is the door's own affair: correlation returns it, or nothing.
func LogHandler(next slog.Handler, correlation func(context.Context) string) slog.Handler {
	return logHandler{next, correlation}
}

type logHandler struct {
	slog.Handler
	correlation func(context.Context) string
}

const correlationID = "correlationId"

func (h logHandler) Handle(ctx context.Context, line slog.Record) error {
	line = line.Clone()
	if id := h.correlation(ctx); id != "" && !has(line, correlationID) {
		line.AddAttrs(slog.String(correlationID, id))
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		line.AddAttrs(slog.String("traceId", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

func has(line slog.Record, key string) (found bool) {
	line.Attrs(func(a slog.Attr) bool {
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
