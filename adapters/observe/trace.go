package observe

import (
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"example.com/roster/ports"
)

// A trace crosses the core and the store as the text of a traceparent: in [ports.Command.Trace] and [ports.Entry.Trace].

// traceparentOf returns the traceparent of the span in ctx.
func traceparentOf(ctx context.Context) string {
	carrier := make(propagation.MapCarrier, 1)
	w3c.Inject(ctx, carrier)
	return carrier[traceparent]
}

const traceparent = "traceparent"

// spanOf returns the span that a traceparent names, which is not valid for any other text.
func spanOf(text string) trace.SpanContext {
	return trace.SpanContextFromContext(w3c.Extract(context.Background(), propagation.MapCarrier{traceparent: text}))
}

// sampled reports whether a traceparent of version 00 says that its span is sampled.
func sampled(text string) bool {
	return len(text) == len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") && strings.IndexByte("13579bdf", text[len(text)-1]) >= 0
}

// causesOf returns the sampled spans that commands, entries or messages name, each once and in order. There are none if no
// spans are sent.
func causesOf[E any](t *Telemetry, of []E, text func(*E) string) (causes []trace.SpanContext) {
	if !t.exports {
		return nil
	}
	seen, last := map[string]bool(nil), ""
	for i := range of {
		name := text(&of[i])
		if name == last || !sampled(name) || seen[name] {
			continue
		}
		if span := spanOf(name); span.IsValid() {
			causes = append(causes, span)
		}
		if seen == nil {
			seen = make(map[string]bool)
		}
		seen[name], last = true, name
	}
	return causes
}

func traceOfEntry(e *ports.Entry) string          { return e.Trace }
func traceOfMessage(m *ports.Message) string      { return m.Trace }
func traceOfQueued(c *ports.QueuedCommand) string { return c.Command.Trace }

// startedEach is the key of a context in which each command has a span of its own as its Trace.
type startedEach struct{}

// carriedBy returns the commands with the call's span as their Trace, if it is sent. A command that has a span of its own, or is
// part of another trace, keeps its Trace.
func (c *call) carriedBy(ctx context.Context, commands []ports.Command) []ports.Command {
	own := c.span.SpanContext()
	if !c.exports || !own.IsSampled() || ctx.Value(startedEach{}) != nil {
		return commands
	}
	commands, text := slices.Clone(commands), traceparentOf(ctx)
	for i := range commands {
		if given := spanOf(commands[i].Trace); !given.IsValid() || given.TraceID() == own.TraceID() {
			commands[i].Trace = text
		}
	}
	return commands
}
