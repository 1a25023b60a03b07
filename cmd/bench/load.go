package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/valyala/fasthttp"
)

// A workload creates the requests of a phase. From the answers it knows what must be stored afterwards.
type workload interface {
	// client returns the script of client i. It is called for all clients before the first request.
	client(i int) script
	// check compares the stored data with the answers.
	check(ctx context.Context, t *target) error
}

// A script creates the requests of one client and handles the answers.
type script interface {
	prepare(r *fasthttp.Request)          // fills in the next request
	handle(status int, body []byte) error // handles its answer
}

// A phase is how a workload is sent. With a rate it is an open loop: that many requests per second in all, whether or not they are
// answered. Without a rate it is a closed loop: each client sends its next request after the answer.
type phase struct {
	clients int
	rate    float64
	warmUp  time.Duration // before measuring
	during  time.Duration
}

// An outcome is the result of a phase.
type outcome struct {
	rate    float64 // answers per second
	latency *hdrhistogram.Histogram
	answers int // all, those of the warm-up too
}

// percentile returns the latency at percentile p in seconds.
func (o outcome) percentile(p float64) float64 {
	return float64(o.latency.ValueAtPercentile(p)) / 1e9
}

// runPhase sends a workload to targets, and divides the clients equally among them.
func runPhase(ctx context.Context, targets []*target, w workload, p phase) (outcome, error) {
	start := time.Now()
	run := &phaseRun{phase: p, start: start, measureFrom: start.Add(p.warmUp), end: start.Add(p.warmUp + p.during)}
	var clients sync.WaitGroup
	all := make([]*client, p.clients)
	https := make([]*fasthttp.HostClient, len(targets))
	for i, t := range targets {
		https[i] = &fasthttp.HostClient{Addr: t.addr, MaxConns: p.clients, NoDefaultUserAgentHeader: true,
			MaxIdemponentCallAttempts: 1, ReadTimeout: hang, WriteTimeout: hang}
		defer https[i].CloseIdleConnections()
	}
	for i := range all {
		n := i % len(targets)
		all[i] = newClient(run, https[n], targets[n].token, w.client(i))
	}
	for _, c := range all {
		clients.Go(func() { c.run(ctx) })
	}
	clients.Wait()
	return run.outcome(all)
}

// A phaseRun is the state of a running phase.
type phaseRun struct {
	phase
	start, measureFrom, end time.Time
	arrivals                arrivals // of an open loop
	failed                  atomic.Bool
}

// due waits until the next request is due and returns that time. It returns false when the phase is over.
func (r *phaseRun) due() (time.Time, bool) {
	now := time.Now()
	if r.rate == 0 {
		return now, now.Before(r.end) && !r.failed.Load()
	}
	at := r.start.Add(r.arrivals.next(r.rate))
	if !at.Before(r.end) || r.failed.Load() {
		return at, false
	}
	time.Sleep(at.Sub(now))
	return at, true
}

// arrivals are a Poisson process, as of independent users, and the same in each phase.
type arrivals struct {
	mu     sync.Mutex
	random *rand.Rand
	last   time.Duration
}

// next returns the time of the next arrival after the start.
func (a *arrivals) next(perSecond float64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.random == nil {
		a.random = rand.New(rand.NewPCG(1, 2))
	}
	a.last += time.Duration(a.random.ExpFloat64() / perSecond * float64(time.Second))
	return a.last
}

// A client sends one request after another on a connection of its own.
type client struct {
	phase    *phaseRun
	http     *fasthttp.HostClient
	script   script
	request  *fasthttp.Request
	response *fasthttp.Response

	latency *hdrhistogram.Histogram
	answers int
	err     error
}

func newClient(r *phaseRun, http *fasthttp.HostClient, token string, s script) *client {
	c := &client{phase: r, http: http, script: s, request: new(fasthttp.Request), response: new(fasthttp.Response), latency: newHistogram()}
	c.request.Header.DisableNormalizing()
	c.request.Header.Set("Authorization", "Bearer "+token)
	c.request.Header.SetContentType("application/json")
	c.request.Header.SetHost(http.Addr)
	return c
}

// newHistogram counts nanoseconds up to two minutes, with an error of at most 1 %.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1_000, int64(hang), 2)
}

// run sends requests until the phase is over. Answers within the measured time count. A latency begins when the request is due: if
// it is sent late because all clients wait for answers, the delay counts too (no coordinated omission).
func (c *client) run(ctx context.Context) {
	r := c.phase
	for ctx.Err() == nil {
		at, ok := r.due()
		if !ok {
			return
		}
		c.script.prepare(c.request)
		if c.err = c.send(); c.err != nil {
			r.failed.Store(true)
			return
		}
		c.answers++
		now := time.Now()
		if !now.Before(r.measureFrom) && (now.Before(r.end) || r.rate > 0) {
			_ = c.latency.RecordValue(min(now.Sub(at).Nanoseconds(), c.latency.HighestTrackableValue()))
		}
	}
	c.err = context.Cause(ctx)
}

func (c *client) send() error {
	if err := c.http.Do(c.request, c.response); err != nil {
		return err
	}
	return c.script.handle(c.response.StatusCode(), c.response.Body())
}

func (r *phaseRun) outcome(clients []*client) (outcome, error) {
	o := outcome{latency: newHistogram()}
	var err error
	for _, c := range clients {
		o.latency.Merge(c.latency)
		o.answers += c.answers
		if c.err != nil {
			err = c.err
		}
	}
	o.rate = float64(o.latency.TotalCount()) / r.during.Seconds()
	if err == nil && o.latency.TotalCount() == 0 {
		err = errors.New("no request was answered in the phase")
	}
	return o, err
}

// unexpected is the error for an answer that the workload does not allow.
func unexpected(status int, body []byte) error {
	return fmt.Errorf("answer %d: %.300s", status, body)
}
