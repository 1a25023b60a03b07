package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// In an open loop every request that is due while the server stalls counts as late, not only the one that was sent.
func TestNoCoordinatedOmission(t *testing.T) {
	t.Parallel()
	const rate, stall = 200, 300 * time.Millisecond
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if requests.Add(1) == rate/4 {
			time.Sleep(stall) // steady: the stall that is measured; a longer one would only be noticed more
		}
	}))
	defer server.Close()
	slow := &target{process: &process{addr: strings.TrimPrefix(server.URL, "http://")}}
	o, err := runPhase(t.Context(), []*target{slow}, any200{}, phase{clients: 1, rate: rate, during: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	want, due := int64(0), new(arrivals)
	for due.next(rate) < time.Second {
		want++
	}
	if n := o.latency.TotalCount(); n != want {
		t.Errorf("%d answers were counted, not all %d", n, want)
	}
	// In the first 200 ms of the stall 40 requests were due, and waited for more than 100 ms.
	if p := o.percentile(85); p < 0.1 {
		t.Errorf("15 %% waited for %.3f s or more, want 0.1 s", p)
	}
	if p := o.percentile(99.9); p < stall.Seconds() {
		t.Errorf("the slowest waited for %.3f s, want the whole stall", p)
	}
}

// An unexpected answer ends the phase.
func TestUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
	}))
	defer server.Close()
	slow := &target{process: &process{addr: strings.TrimPrefix(server.URL, "http://")}}
	w := &enrollWorkload{name: "p", course: "c", courses: 1}
	_, err := runPhase(t.Context(), []*target{slow}, w, phase{clients: 4, during: hang})
	if err == nil || !strings.Contains(err.Error(), "503: overloaded") {
		t.Errorf("got %v", err)
	}
}

// A phase without an answer is an error, not a rate of 0.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	idle := &target{process: &process{addr: "127.0.0.1:1"}}
	o, err := runPhase(t.Context(), []*target{idle}, any200{}, phase{clients: 1})
	if err == nil || !strings.Contains(err.Error(), "no request was answered") {
		t.Errorf("got %v, %v", o.rate, err)
	}
}

// any200 is a workload that accepts any answer with status 200.
type any200 struct{ workload }

func (any200) client(int) script { return any200{} }

func (any200) prepare(r *fasthttp.Request) { r.SetRequestURI("/") }

func (any200) handle(status int, body []byte) error {
	if status != http.StatusOK {
		return unexpected(status, body)
	}
	return nil
}
