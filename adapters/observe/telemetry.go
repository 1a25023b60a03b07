// Package observe provides telemetry: traces, metrics, and log records that carry their ids. It wraps ports, so the core and
// the other adapters do not depend on telemetry.
//
// Telemetry never contains a learner, a subject or a key, nor the text of an error, which may contain them: it shows results
// as statuses and kinds only.
package observe

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Telemetry collects traces and metrics. It owns its registry and its provider and sets no global state, so a test can have
// several.
type Telemetry struct {
	registry *prometheus.Registry
	tracers  *sdktrace.TracerProvider
	tracer   trace.Tracer
	exports  bool // spans are sent
	log      *slog.Logger
	instruments
	bus func() busInstruments // registers them at its first call: a process without a bus does not show them
}

// An Option changes a default of [New].
type Option func(*settings)

type settings struct {
	exporter sdktrace.SpanExporter
	log      *slog.Logger
}

// WithExporter sends traces to e instead of the endpoint that the environment names.
func WithExporter(e sdktrace.SpanExporter) Option { return func(o *settings) { o.exporter = e } }

// WithLog logs traces that can't be sent, and metrics that can't be read, in l instead of the default log.
func WithLog(l *slog.Logger) Option { return func(o *settings) { o.log = l } }

// Endpoint is the variable that names the collector of traces.
const Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"

// Enabled reports whether the environment asks for traces: it names a collector, and does not switch traces off.
func Enabled() bool {
	return (os.Getenv(Endpoint) != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "") &&
		!strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") && os.Getenv("OTEL_TRACES_EXPORTER") != "none"
}

// New returns telemetry for this process. If traces are [Enabled], it sends them by OTLP over HTTP and obeys OpenTelemetry's
// other variables. Otherwise traces only have ids, which log records contain and events carry on. Close it with
// [Telemetry.Shutdown].
func New(ctx context.Context, options ...Option) (*Telemetry, error) {
	o := settings{log: slog.Default()}
	for _, option := range options {
		option(&o)
	}
	if o.exporter == nil && Enabled() {
		var err error
		if o.exporter, err = otlptracehttp.New(ctx); err != nil {
			return nil, fmt.Errorf("observe: OTLP: %w", err)
		}
	}
	process, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "roster")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("observe: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	registry, tracers := prometheus.NewRegistry(), newTracers(o, process)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	table := &metricTable{registry: registry}
	return &Telemetry{
		registry: registry, tracers: tracers, tracer: tracers.Tracer("example.com/roster"), exports: o.exporter != nil, log: o.log,
		instruments: newInstruments(table), bus: sync.OnceValue(func() busInstruments { return newBusInstruments(table) }),
	}, nil
}

// newTracers follows the caller's sampling decision. Traces that start here are all sampled if there is an exporter, unless
// OTEL_TRACES_SAMPLER says otherwise; else none.
func newTracers(o settings, process *resource.Resource) *sdktrace.TracerProvider {
	if o.exporter == nil {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	}
	return sdktrace.NewTracerProvider(sdktrace.WithResource(process), sdktrace.WithBatcher(warning{o.exporter, o.log}))
}

// A warning exporter logs that spans are lost.
type warning struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

func (w warning) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := w.SpanExporter.ExportSpans(ctx, spans); err != nil {
		w.log.Warn("traces not sent", "spans", len(spans), "error", err)
	}
	return nil
}

// Shutdown sends the remaining spans and releases the resources of [New].
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return t.tracers.Shutdown(ctx)
}
