package observe

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instruments are all that is measured. Prometheus sees roster.commands as roster_commands_total, and durations as
// roster_…_duration_seconds.
type instruments struct {
	requests  metric.Float64Histogram // method, route, status
	commands  metric.Int64Counter     // outcome
	decisions metric.Int64Counter     // action, outcome
	submitted metric.Int64Histogram
	calls     metric.Float64Histogram // call, kind
	store     metric.Float64Histogram // call, kind
	sizes     metric.Int64Histogram
	again     metric.Int64Counter
	cache     metric.Int64ObservableCounter // result
	bus       metric.Float64Histogram       // call, kind
	letters   metric.Int64Histogram
	published metric.Int64Counter
	backlog   metric.Int64ObservableGauge
	lag       metric.Float64ObservableGauge
}

var (
	seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	counts  = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
)

func newInstruments(m metric.Meter) (instruments, error) {
	var failed []error
	counter := func(name, what string) metric.Int64Counter {
		made, err := m.Int64Counter(name, metric.WithDescription(what))
		failed = append(failed, err)
		return made
	}
	size := func(name, what string) metric.Int64Histogram {
		made, err := m.Int64Histogram(name, metric.WithDescription(what), metric.WithExplicitBucketBoundaries(counts...))
		failed = append(failed, err)
		return made
	}
	duration := func(name, what string) metric.Float64Histogram {
		made, err := m.Float64Histogram(name, metric.WithDescription(what), metric.WithUnit("s"),
			metric.WithExplicitBucketBoundaries(seconds...))
		failed = append(failed, err)
		return made
	}
	cache, err := m.Int64ObservableCounter("roster.cache.reads",
		metric.WithDescription("Courses asked for, by whether the cache had them."))
	failed = append(failed, err)
	backlog, err := m.Int64ObservableGauge("roster.outbox.backlog", metric.WithDescription("Events that wait to be published."))
	failed = append(failed, err)
	lag, err := m.Float64ObservableGauge("roster.outbox.lag", metric.WithUnit("s"),
		metric.WithDescription("How long ago the oldest event that waits to be published happened."))
	failed = append(failed, err)
	made := instruments{
		requests:  duration("roster.http.request.duration", "Requests by route, method and status."),
		commands:  counter("roster.commands", "Commands by what came of them: done, replayed, or why they did not run."),
		decisions: counter("roster.decisions", "Actions by the status they led to, or by the kind of refusal."),
		submitted: size("roster.submit.actions", "Actions that came in together."),
		calls:     duration("roster.call.duration", "What doors asked of the service, by kind of error."),
		store:     duration("roster.store.duration", "What the service asked of its store, by kind of error."),
		sizes:     size("roster.transaction.size", "What one transaction decides about: learners on courses, and courses without any."),
		again:     counter("roster.transaction.retries", "Times that a transaction began again, because others were faster."),
		cache:     cache,
		bus:       duration("roster.bus.duration", "Batches of events published, and of commands worked off, by kind of error."),
		letters:   size("roster.queue.letters", "Commands that a partition of the queue handed out together."),
		published: counter("roster.events.published", "Events that the broker has acknowledged."),
		backlog:   backlog,
		lag:       lag,
	}
	return made, errors.Join(failed...)
}

// Cache has /metrics show a cache's hits and misses, which stats returns.
func (t *Telemetry) Cache(stats func() (hits, misses uint64)) error {
	_, err := t.meters.Meter(scope).RegisterCallback(func(_ context.Context, o metric.Observer) error {
		hits, misses := stats()
		o.ObserveInt64(t.cache, int64(hits), with(result.String("hit")))
		o.ObserveInt64(t.cache, int64(misses), with(result.String("miss")))
		return nil
	}, t.cache)
	return err
}

// What measurements and spans are told apart by.
const (
	action  = attribute.Key("action")
	call    = attribute.Key("call")
	kind    = attribute.Key("kind") // of the error; empty without
	method  = attribute.Key("method")
	outcome = attribute.Key("outcome")
	result  = attribute.Key("result")
	route   = attribute.Key("route")
	status  = attribute.Key("status")
)

func with(attributes ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attributes...))
}

// labels makes what a measurement is told apart by once for each key, of which there are few.
type labels[K comparable] struct {
	attributes func(K) []attribute.KeyValue
	made       sync.Map // of metric.MeasurementOption, by K
}

func (l *labels[K]) of(key K) metric.MeasurementOption {
	if made, ok := l.made.Load(key); ok {
		return made.(metric.MeasurementOption)
	}
	made, _ := l.made.LoadOrStore(key, with(l.attributes(key)...))
	return made.(metric.MeasurementOption)
}

// What came of a call, of a request, of a command, and of an action.
type (
	called    struct{ call, kind string }
	requested struct {
		route, method string
		status        int
	}
	came    struct{ outcome string }
	decided struct{ action, outcome string }
)

var (
	callLabels = &labels[called]{attributes: func(k called) []attribute.KeyValue {
		return []attribute.KeyValue{call.String(k.call), kind.String(k.kind)}
	}}
	requestLabels = &labels[requested]{attributes: func(k requested) []attribute.KeyValue {
		return []attribute.KeyValue{route.String(k.route), method.String(k.method), status.Int(k.status)}
	}}
	commandLabels = &labels[came]{attributes: func(k came) []attribute.KeyValue {
		return []attribute.KeyValue{outcome.String(k.outcome)}
	}}
	decisionLabels = &labels[decided]{attributes: func(k decided) []attribute.KeyValue {
		return []attribute.KeyValue{action.String(k.action), outcome.String(k.outcome)}
	}}
)
