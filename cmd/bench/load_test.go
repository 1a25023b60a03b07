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

// At a rate, whoever should have asked while the server stood still is counted as late as he was: not only the one who waited.
func TestLateByTheServer(t *testing.T) {
	t.Parallel()
	const rate, stall = 200, 300 * time.Millisecond
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == rate/4 {
			time.Sleep(stall)
		}
	}))
	defer server.Close()
	to := &target{process: &process{addr: strings.TrimPrefix(server.URL, "http://")}}
	o, err := play(t.Context(), []*target{to}, any200{}, phase{clients: 1, rate: rate, during: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if n := o.latency.TotalCount(); n != rate {
		t.Errorf("%d answers were counted, not all %d", n, rate)
	}
	// In the first 200 ms of the stall there were 40 who waited for more than 100.
	if p := o.p(85); p < 0.1 {
		t.Errorf("one in seven waited for %.3f s or more, and not for 0.1", p)
	}
	if p := o.p(99.9); p < stall.Seconds() {
		t.Errorf("the last waited for %.3f s, and not for as long as the server stood still", p)
	}
}

// Whoever is answered otherwise than he may be ends the phase.
func TestUnexpectedAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "tired", 503) }))
	defer server.Close()
	to := &target{process: &process{addr: strings.TrimPrefix(server.URL, "http://")}}
	w := &enrolling{name: "p", course: "c", courses: 1}
	_, err := play(t.Context(), []*target{to}, w, phase{clients: 4, during: 10 * time.Second})
	if err == nil || !strings.Contains(err.Error(), "503: tired") {
		t.Errorf("got %v", err)
	}
}

// any200 is a workload that asks for anything.
type any200 struct{ workload }

func (any200) client(int) script { return any200{} }

func (any200) next(r *fasthttp.Request) { r.SetRequestURI("/") }

func (any200) told(status int, body []byte) error {
	if status != http.StatusOK {
		return unexpected(status, body)
	}
	return nil
}
