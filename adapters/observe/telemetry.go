// Package observe tells what the program does: traces, metrics, and log lines that can be tied to them. It wraps ports, so
// that the core and the other adapters know nothing of telemetry.
//
// Nothing that is told names a learner, a subject or a key, and no error's own text, which a driver may have put them into:
// outcomes are statuses and kinds.
package observe

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	toprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const scope = "example.com/roster"

// Telemetry is where everything is told. It owns its registry and providers and sets nothing global, so that a test can
// have as many as it likes.
type Telemetry struct {
	registry *prometheus.Registry
	meters   *metric.MeterProvider
	tracers  *sdktrace.TracerProvider
	tracer   trace.Tracer
	instruments
}

// An Option changes what [New] does by itself.
type Option func(*options)

type options struct{ exporter sdktrace.SpanExporter }

// WithExporter sends traces to e, wherever the environment would have them sent.
func WithExporter(e sdktrace.SpanExporter) Option { return func(o *options) { o.exporter = e } }

// New returns telemetry of this process. Traces are sent by OTLP over HTTP where the environment says so by
// OTEL_EXPORTER_OTLP_ENDPOINT, and the rest of OpenTelemetry's variables count then too. Else they only have ids, which
// stand on log lines and are passed on. Close it with [Telemetry.Shutdown].
func New(ctx context.Context, chosen ...Option) (*Telemetry, error) {
	var o options
	for _, option := range chosen {
		option(&o)
	}
	if o.exporter == nil && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" {
		var err error
		if o.exporter, err = otlptracehttp.New(ctx); err != nil {
			return nil, fmt.Errorf("observe: OTLP: %w", err)
		}
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "roster")), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("observe: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	t := &Telemetry{registry: prometheus.NewRegistry(), tracers: tracersTo(o.exporter, about)}
	t.tracer = t.tracers.Tracer(scope)
	if err := t.meter(about); err != nil {
		return nil, errors.Join(fmt.Errorf("observe: %w", err), t.tracers.Shutdown(ctx))
	}
	return t, nil
}

// tracersTo samples what a caller sampled; of what begins here all where there is an exporter, else nothing.
func tracersTo(exporter sdktrace.SpanExporter, about *resource.Resource) *sdktrace.TracerProvider {
	if exporter == nil {
		return sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	}
	return sdktrace.NewTracerProvider(sdktrace.WithResource(about), sdktrace.WithBatcher(exporter))
}

func (t *Telemetry) meter(about *resource.Resource) error {
	reader, err := toprometheus.New(toprometheus.WithRegisterer(t.registry), toprometheus.WithoutScopeInfo(),
		toprometheus.WithoutTargetInfo(), toprometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes))
	if err != nil {
		return err
	}
	t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	t.meters = metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(about))
	t.instruments, err = newInstruments(t.meters.Meter(scope))
	return err
}

// Shutdown sends what is left to send, and ends what [New] began.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return errors.Join(t.tracers.Shutdown(ctx), t.meters.Shutdown(ctx))
}
