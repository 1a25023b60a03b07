package nats_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"example.com/roster/adapters/nats/broker"
)

// A proxy keeps its address and token while the broker behind it restarts with another token.
type proxy struct {
	url    string // with the token that clients know
	token  string
	mu     sync.Mutex
	broker *url.URL // nil if there is none
	open   map[net.Conn]bool
	breaks int        // connections that will break
	after  func() int // returns the number of bytes
}

// startProxy starts a proxy to a broker, or to none.
func startProxy(t testing.TB, b *broker.Broker) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{token: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", open: make(map[net.Conn]bool)}
	p.url = "nats://" + p.token + "@" + l.Addr().String()
	p.to(b)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.to(nil)
		serving.Wait()
	})
	return p
}

// to breaks all connections and connects the proxy to another broker, or to none.
func (p *proxy) to(b *broker.Broker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broker = nil
	if b != nil {
		p.broker, _ = url.Parse(b.URL())
	}
	for c := range p.open {
		_ = c.Close()
	}
}

// breakAfter makes the next n connections break after some bytes.
func (p *proxy) breakAfter(n int, bytes func() int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.breaks, p.after = n, bytes
}

func (p *proxy) breaksLeft() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.breaks
}

// dial connects to the broker for a client, and returns how many bytes the client may send.
func (p *proxy) dial(client net.Conn) (server net.Conn, token string, limit int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broker == nil {
		return nil, "", 0
	}
	server, err := net.Dial("tcp", p.broker.Host)
	if err != nil {
		return nil, "", 0
	}
	p.open[client] = true
	limit = 1 << 40
	if p.breaks > 0 {
		p.breaks--
		limit = int64(p.after())
	}
	return server, p.broker.User.Username(), limit
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, token, limit := p.dial(client)
	if server == nil {
		return
	}
	defer func() {
		p.mu.Lock()
		delete(p.open, client)
		p.mu.Unlock()
	}()
	var back sync.WaitGroup
	defer back.Wait()
	defer server.Close()
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	// All tokens have the same length, and the client's first message holds it.
	hello := make([]byte, 4096)
	n, err := client.Read(hello)
	if err != nil {
		return
	}
	if _, err := server.Write(bytes.ReplaceAll(hello[:n], []byte(p.token), []byte(token))); err != nil {
		return
	}
	_, _ = io.CopyN(server, client, limit)
}
