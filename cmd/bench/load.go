package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/valyala/fasthttp"
)

// A workload says what a phase's clients send. It knows what they were answered, and so what must be there afterwards.
type workload interface {
	// client returns the script of client i; it is called for each before the first request.
	client(i int) script
	// check compares what is stored with what was answered.
	check(ctx context.Context, t *target) error
}

// A script is what one client sends.
type script interface {
	next(r *fasthttp.Request)           // puts the next request together
	told(status int, body []byte) error // takes the answer to it
}

// A phase is how a workload is sent. With a rate, requests are sent so many per second in all, whether answers come or not;
// without, each client sends the next when it has been answered.
type phase struct {
	clients int
	rate    float64
	warm    time.Duration // before it counts
	during  time.Duration
}

// An outcome is what was measured in a phase.
type outcome struct {
	rate    float64 // answers per second
	latency *hdrhistogram.Histogram
	quarter [4]float64 // the rates of the quarters
}

// p returns a percentile of the latencies in seconds.
func (o outcome) p(percentile float64) float64 {
	return float64(o.latency.ValueAtPercentile(percentile)) / 1e9
}

// play sends a workload to targets, among whom the clients are divided.
func play(ctx context.Context, targets []*target, w workload, p phase) (outcome, error) {
	begun := time.Now()
	run := &running{phase: p, begun: begun, from: begun.Add(p.warm), to: begun.Add(p.warm + p.during)}
	var clients sync.WaitGroup
	all := make([]*client, p.clients)
	https := make([]*fasthttp.HostClient, len(targets))
	for i, t := range targets {
		https[i] = &fasthttp.HostClient{Addr: t.addr, MaxConns: p.clients, NoDefaultUserAgentHeader: true,
			MaxIdemponentCallAttempts: 1, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
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

// running is a phase under way.
type running struct {
	phase
	begun, from, to time.Time
	sent            atomic.Int64 // at a rate
	failed          atomic.Bool
}

// due returns when the next request is to be sent, and waits until then; false when there is none any more.
func (r *running) due() (time.Time, bool) {
	now := time.Now()
	if r.rate == 0 {
		return now, now.Before(r.to) && !r.failed.Load()
	}
	at := r.begun.Add(time.Duration(float64(r.sent.Add(1)-1) / r.rate * float64(time.Second)))
	if !at.Before(r.to) || r.failed.Load() {
		return at, false
	}
	time.Sleep(at.Sub(now))
	return at, true
}

// A client sends one request after another on a connection of its own.
type client struct {
	running  *running
	http     *fasthttp.HostClient
	script   script
	request  *fasthttp.Request
	response *fasthttp.Response

	latency  *hdrhistogram.Histogram
	quarters [4]int64
	err      error
}

func newClient(r *running, http *fasthttp.HostClient, token string, s script) *client {
	c := &client{running: r, http: http, script: s, request: new(fasthttp.Request), response: new(fasthttp.Response), latency: newHistogram()}
	c.request.Header.DisableNormalizing()
	c.request.Header.Set("Authorization", "Bearer "+token)
	c.request.Header.SetContentType("application/json")
	c.request.Header.SetHost(http.Addr)
	return c
}

// newHistogram counts nanoseconds up to a minute, with an error of at most a percent.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1_000, int64(time.Minute), 2)
}

// run sends until the phase is over. An answer counts where it comes in the phase; its latency is counted from when its request
// was to be sent: a request that had to wait because all clients did is as late as its user has it.
func (c *client) run(ctx context.Context) {
	r := c.running
	for ctx.Err() == nil {
		at, ok := r.due()
		if !ok {
			return
		}
		c.script.next(c.request)
		if c.err = c.send(); c.err != nil {
			r.failed.Store(true)
			return
		}
		now := time.Now()
		if in := now.Sub(r.from); in >= 0 && (now.Before(r.to) || r.rate > 0) {
			c.quarters[min(3, 4*in/r.during)]++
			_ = c.latency.RecordValue(min(now.Sub(at).Nanoseconds(), c.latency.HighestTrackableValue()))
		}
	}
	c.err = ctx.Err()
}

func (c *client) send() error {
	if err := c.http.Do(c.request, c.response); err != nil {
		return err
	}
	return c.script.told(c.response.StatusCode(), c.response.Body())
}

func (r *running) outcome(clients []*client) (outcome, error) {
	o := outcome{latency: newHistogram()}
	var err error
	for _, c := range clients {
		o.latency.Merge(c.latency)
		for i, n := range c.quarters {
			o.quarter[i] += float64(n) / (r.during.Seconds() / 4)
		}
		if c.err != nil {
			err = c.err
		}
	}
	o.rate = float64(o.latency.TotalCount()) / r.during.Seconds()
	if err == nil && o.latency.TotalCount() == 0 {
		err = errors.New("nothing was answered in the phase")
	}
	return o, err
}

// unexpected is the error of an answer that no request of the workload should have.
func unexpected(status int, body []byte) error {
	return fmt.Errorf("answer %d: %.300s", status, body)
}
