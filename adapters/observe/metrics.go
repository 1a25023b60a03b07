package observe

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// instruments are the metrics that calls record. Each label has few values. A series exists from its first value on.
type instruments struct {
	requests, calls, store, bus             *prometheus.HistogramVec // in seconds
	submitted, sizes, queued                *prometheus.HistogramVec // how many
	commands, decisions, retries, published *prometheus.CounterVec
}

var (
	seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	counts  = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
)

func newInstruments(registry *prometheus.Registry) instruments {
	register := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name string, buckets []float64, help string, labels ...string) *prometheus.HistogramVec {
		return register.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	return instruments{
		requests: histogram("roster_http_request_duration_seconds", seconds,
			"Requests by route, method and status.", "route", "method", "status"),
		calls: histogram("roster_call_duration_seconds", seconds, "Calls of the service, by kind of error.", "call", "kind"),
		store: histogram("roster_store_duration_seconds", seconds, "Calls of the store, by kind of error.", "call", "kind"),
		bus: histogram("roster_bus_duration_seconds", seconds,
			"Batches of published events and of handled commands, by kind of error.", "call", "kind"),
		submitted: histogram("roster_submit_actions", counts, "Actions in one submission."),
		sizes: histogram("roster_transaction_size", counts,
			"Size of a transaction: learners on its courses, plus courses without learners."),
		queued:    histogram("roster_queue_letters", counts, "Commands in one batch of a queue partition."),
		commands:  counter("roster_commands_total", "Commands by result: done, replayed, or the kind of error.", "outcome"),
		decisions: counter("roster_decisions_total", "Actions by resulting status or kind of refusal.", "action", "outcome"),
		retries:   counter("roster_transaction_retries_total", "Retries of transactions after conflicts."),
		published: counter("roster_events_published_total", "Events acknowledged by the broker."),
	}
}

// A collector sends metrics whose values are known only when /metrics is requested.
type collector func(chan<- prometheus.Metric)

func (c collector) Collect(metrics chan<- prometheus.Metric) { c(metrics) }

// Describe does nothing, so that a registration asks for no values.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Cache makes /metrics show a cache's hits and misses, as stats returns them.
func (t *Telemetry) Cache(stats func() (hits, misses uint64)) {
	reads := prometheus.NewDesc("roster_cache_reads_total", "Reads of courses, by cache hit or miss.", []string{"result"}, nil)
	t.registry.MustRegister(collector(func(metrics chan<- prometheus.Metric) {
		hits, misses := stats()
		metrics <- prometheus.MustNewConstMetric(reads, prometheus.CounterValue, float64(hits), "hit")
		metrics <- prometheus.MustNewConstMetric(reads, prometheus.CounterValue, float64(misses), "miss")
	}))
}
