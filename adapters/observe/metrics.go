package observe

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// A Metric describes one metric, or for a histogram its family.
type Metric struct {
	Name   string
	Type   string // counter, gauge or histogram
	Help   string
	Labels []string
}

// Metrics returns every metric that the processes of this program show, beside those of Go's runtime and of the process. It includes
// those that have no value yet.
func Metrics() []Metric {
	all := &metricTable{registry: prometheus.NewRegistry()}
	newInstruments(all)
	newBusInstruments(all)
	return all.metrics
}

// A metricTable registers metrics, and lists them. Each label has few values. A metric without labels has a value from the start, so
// that its first change is a change; a series with labels exists from its first value on.
type metricTable struct {
	registry *prometheus.Registry
	metrics  []Metric
}

func (t *metricTable) add(kind, name, help string, labels []string) {
	t.metrics = append(t.metrics, Metric{name, kind, help, slices.Clone(labels)})
}

func (t *metricTable) counter(name, help string, labels ...string) *prometheus.CounterVec {
	t.add("counter", name, help, labels)
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	t.registry.MustRegister(c)
	if len(labels) == 0 {
		c.WithLabelValues()
	}
	return c
}

func (t *metricTable) histogram(name string, buckets []float64, help string, labels ...string) *prometheus.HistogramVec {
	t.add("histogram", name, help, labels)
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	t.registry.MustRegister(h)
	if len(labels) == 0 {
		h.WithLabelValues()
	}
	return h
}

// onRequest describes a metric whose values are known only when /metrics is requested: a [collector] sends them.
func (t *metricTable) onRequest(kind, name, help string, labels ...string) *prometheus.Desc {
	t.add(kind, name, help, labels)
	return prometheus.NewDesc(name, help, labels, nil)
}

// instruments are the metrics of requests, of the service and of the store.
type instruments struct {
	requests, calls, store       *prometheus.HistogramVec // in seconds
	submitted, sizes             *prometheus.HistogramVec // how many
	commands, decisions, retries *prometheus.CounterVec
	cacheReads                   *prometheus.Desc
}

var (
	seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	counts  = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
)

func newInstruments(t *metricTable) instruments {
	return instruments{
		requests: t.histogram("roster_http_request_duration_seconds", seconds,
			"Requests by route, method and status.", "route", "method", "status"),
		calls:     t.histogram("roster_call_duration_seconds", seconds, "Calls of the service, by kind of error.", "call", "kind"),
		store:     t.histogram("roster_store_duration_seconds", seconds, "Calls of the store, by kind of error.", "call", "kind"),
		submitted: t.histogram("roster_submit_actions", counts, "Actions in one submission."),
		sizes: t.histogram("roster_transaction_size", counts,
			"Size of a transaction: learners on its courses, plus courses without learners."),
		commands:   t.counter("roster_commands_total", "Commands by result: done, replayed, or the kind of error.", "outcome"),
		decisions:  t.counter("roster_decisions_total", "Actions by resulting status or kind of refusal.", "action", "outcome"),
		retries:    t.counter("roster_transaction_retries_total", "Retries of transactions after conflicts."),
		cacheReads: t.onRequest("counter", "roster_cache_reads_total", "Reads of courses, by cache hit or miss.", "result"),
	}
}

// A collector sends metrics whose values are known only when /metrics is requested.
type collector func(chan<- prometheus.Metric)

func (c collector) Collect(metrics chan<- prometheus.Metric) { c(metrics) }

// Describe does nothing, so that a registration asks for no values.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Cache makes /metrics show a cache's hits and misses, as stats returns them.
func (t *Telemetry) Cache(stats func() (hits, misses uint64)) {
	t.registry.MustRegister(collector(func(metrics chan<- prometheus.Metric) {
		hits, misses := stats()
		metrics <- prometheus.MustNewConstMetric(t.cacheReads, prometheus.CounterValue, float64(hits), "hit")
		metrics <- prometheus.MustNewConstMetric(t.cacheReads, prometheus.CounterValue, float64(misses), "miss")
	}))
}
