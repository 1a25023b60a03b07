package hostile_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/memstore"
)

// Sockets that send a byte now and then, or read nothing, keep no other request from its response. Its latency beside them is printed.
func TestSlowSocketsHarmNobody(t *testing.T) {
	sockets, duration := 100, time.Second
	if long {
		sockets, duration = 1_000, 5*time.Second
	}
	address := newServer(t, memstore.New()).listen(t)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: 2 * time.Minute}
	defer client.CloseIdleConnections()
	healthy(t, client, address, duration/10) // warm

	alone := healthy(t, client, address, duration)
	stop, report := attack(t, address, sockets)
	during := healthy(t, client, address, duration)
	stop()
	t.Logf("%d sockets, %s: p99 of healthy requests %s alone, %s among them (p50 %s and %s, %d requests); %s",
		sockets, duration, percentile(alone, 99), percentile(during, 99), percentile(alone, 50), percentile(during, 50), len(during), report())
}

// A request that arrives too slowly is aborted: after 5 seconds for its headers, 15 for its body.
func TestSlowRequestsAreAborted(t *testing.T) {
	t.Parallel()
	for way, limit := range []time.Duration{5 * time.Second, 15 * time.Second} {
		t.Run(limit.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &pipeListener{conns: make(chan net.Conn), closed: make(chan bool)}
				newServer(t, memstore.New()).serve(t, l)
				c := l.dial()
				defer c.Close()
				var reading sync.WaitGroup
				reading.Go(func() { _, _ = io.Copy(io.Discard, c) })
				start := time.Now()
				slowly(t.Context(), c, way)
				if took := time.Since(start); took < limit || took > limit+interval {
					t.Errorf("aborted after %s, want %s", took, limit)
				}
				reading.Wait()
			})
		})
	}
}

// A pipeListener accepts connections within the process, so that a test in a bubble need not wait.
type pipeListener struct {
	conns  chan net.Conn
	closed chan bool
}

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// interval is the time between two bytes of a slow client.
const interval = 500 * time.Millisecond

// healthy sends 200 requests a second on 4 connections, and returns the duration of each.
func healthy(t *testing.T, client *http.Client, address string, duration time.Duration) []time.Duration {
	t.Helper()
	var all []time.Duration
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond) // steady: the pace of the load
			defer tick.Stop()
			for end := time.Now().Add(duration); time.Now().Before(end); <-tick.C { // steady: how long the load lasts
				start := time.Now()
				err := get(client, address)
				took := time.Since(start)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return all
}

func get(client *http.Client, address string) error {
	request, err := http.NewRequest("GET", "http://"+address+"/v1/courses/go-101", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer t")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("a healthy request was answered %s", response.Status)
	}
	return nil
}

func percentile(all []time.Duration, p int) time.Duration {
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*p/100)]
}

// attack keeps that many slow sockets open until stop: it opens another for each that the server closes. Of three, one sends its headers
// slowly, one sends its body slowly, and one requests a large file and reads nothing.
func attack(t *testing.T, address string, sockets int) (stop func(), report func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	var opened, closed atomic.Int64
	dialed := make(chan error, sockets) // the first socket of each
	for i := range sockets {
		wait.Go(func() {
			for first := true; ctx.Err() == nil; first = false {
				c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
				if first {
					dialed <- err
				}
				if err != nil {
					return
				}
				opened.Add(1)
				slowly(ctx, c, i%3)
				c.Close()
				if ctx.Err() == nil {
					closed.Add(1)
				}
			}
		})
	}
	for range sockets {
		if err := <-dialed; err != nil {
			cancel()
			wait.Wait()
			t.Fatalf("the attack needs %d sockets: %v", sockets, err)
		}
	}
	return func() { cancel(); wait.Wait() }, func() string {
		return fmt.Sprintf("%d slow connections, of which the server closed %d", opened.Load(), closed.Load())
	}
}

// slowly keeps one connection busy in one of three ways, until the server closes it or ctx ends.
func slowly(ctx context.Context, c net.Conn, way int) {
	first := "GET /v1/courses HTTP/1.1\r\nHost: x\r\nX-Slow: "
	switch way {
	case 1:
		first = "POST /v1/courses/go-101/enrollments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n" +
			"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"
	case 2:
		first = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
	}
	if tcp, ok := c.(*net.TCPConn); ok && tcp.SetReadBuffer(4<<10) != nil {
		return
	}
	if _, err := io.WriteString(c, first); err != nil {
		return
	}
	tick := time.NewTicker(interval) // steady: the pace of a slow client
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if way == 2 {
			continue // read nothing and send nothing
		}
		if _, err := io.WriteString(c, " "); err != nil {
			return
		}
	}
}
