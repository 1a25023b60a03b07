package observe

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instruments are all metrics. Comments name their labels. Prometheus shows roster.commands as roster_commands_total, and
// durations as roster_…_duration_seconds.
type instruments struct {
	requests  metric.Float64Histogram // method, route, status
	commands  metric.Int64Counter     // outcome
	decisions metric.Int64Counter     // action, outcome
	submitted metric.Int64Histogram
	calls     metric.Float64Histogram // call, kind
	store     metric.Float64Histogram // call, kind
	sizes     metric.Int64Histogram
	retries   metric.Int64Counter
	cache     metric.Int64ObservableCounter // result
	bus       metric.Float64Histogram       // call, kind
	queued    metric.Int64Histogram
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
	counter := func(name, help string) metric.Int64Counter {
		made, err := m.Int64Counter(name, metric.WithDescription(help))
		failed = append(failed, err)
		return made
	}
	size := func(name, help string) metric.Int64Histogram {
		made, err := m.Int64Histogram(name, metric.WithDescription(help), metric.WithExplicitBucketBoundaries(counts...))
		failed = append(failed, err)
		return made
	}
	duration := func(name, help string) metric.Float64Histogram {
		made, err := m.Float64Histogram(name, metric.WithDescription(help), metric.WithUnit("s"),
			metric.WithExplicitBucketBoundaries(seconds...))
		failed = append(failed, err)
		return made
	}
	cache, err := m.Int64ObservableCounter("roster.cache.reads",
		metric.WithDescription("Reads of courses, by cache hit or miss."))
	failed = append(failed, err)
	backlog, err := m.Int64ObservableGauge("roster.outbox.backlog", metric.WithDescription("Unpublished events."))
	failed = append(failed, err)
	lag, err := m.Float64ObservableGauge("roster.outbox.lag", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest unpublished event."))
	failed = append(failed, err)
	made := instruments{
		requests:  duration("roster.http.request.duration", "Requests by route, method and status."),
		commands:  counter("roster.commands", "Commands by result: done, replayed, or the kind of error."),
		decisions: counter("roster.decisions", "Actions by resulting status or kind of refusal."),
		submitted: size("roster.submit.actions", "Actions in one submission."),
		calls:     duration("roster.call.duration", "Calls of the service, by kind of error."),
		store:     duration("roster.store.duration", "Calls of the store, by kind of error."),
		sizes:     size("roster.transaction.size", "Size of a transaction: learners on its courses, plus courses without learners."),
		retries:   counter("roster.transaction.retries", "Retries of transactions after conflicts."),
		cache:     cache,
		bus:       duration("roster.bus.duration", "Batches of published events and of handled commands, by kind of error."),
		queued:    size("roster.queue.letters", "Commands in one batch of a queue partition."),
		published: counter("roster.events.published", "Events acknowledged by the broker."),
		backlog:   backlog,
		lag:       lag,
	}
	return made, errors.Join(failed...)
}

// Cache makes /metrics show a cache's hits and misses, as stats returns them.
func (t *Telemetry) Cache(stats func() (hits, misses uint64)) error {
	_, err := t.meters.Meter(scope).RegisterCallback(func(_ context.Context, o metric.Observer) error {
		hits, misses := stats()
		o.ObserveInt64(t.cache, int64(hits), with(result.String("hit")))
		o.ObserveInt64(t.cache, int64(misses), with(result.String("miss")))
		return nil
	}, t.cache)
	return err
}

// Labels of metrics and attributes of spans.
const (
	action  = attribute.Key("action")
	call    = attribute.Key("call")
	kind    = attribute.Key("kind") // of the error; empty without one
	method  = attribute.Key("method")
	outcome = attribute.Key("outcome")
	result  = attribute.Key("result")
	route   = attribute.Key("route")
	status  = attribute.Key("status")
)

func with(attributes ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attributes...))
}

// labels caches the label set of each key. There are few keys.
type labels[K comparable] struct {
	attributes func(K) []attribute.KeyValue
	sets       sync.Map // of metric.MeasurementOption, by K
}

func (l *labels[K]) of(key K) metric.MeasurementOption {
	if set, ok := l.sets.Load(key); ok {
		return set.(metric.MeasurementOption)
	}
	set, _ := l.sets.LoadOrStore(key, with(l.attributes(key)...))
	return set.(metric.MeasurementOption)
}

// Label values of a call, a request, a command and an action.
type (
	callKey    struct{ call, kind string }
	requestKey struct {
		route, method string
		status        int
	}
	commandKey  struct{ outcome string }
	decisionKey struct{ action, outcome string }
)

var (
	callLabels = &labels[callKey]{attributes: func(k callKey) []attribute.KeyValue {
		return []attribute.KeyValue{call.String(k.call), kind.String(k.kind)}
	}}
	requestLabels = &labels[requestKey]{attributes: func(k requestKey) []attribute.KeyValue {
		return []attribute.KeyValue{route.String(k.route), method.String(k.method), status.Int(k.status)}
	}}
	commandLabels = &labels[commandKey]{attributes: func(k commandKey) []attribute.KeyValue {
		return []attribute.KeyValue{outcome.String(k.outcome)}
	}}
	decisionLabels = &labels[decisionKey]{attributes: func(k decisionKey) []attribute.KeyValue {
		return []attribute.KeyValue{action.String(k.action), outcome.String(k.outcome)}
	}}
)
