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

// A proxy is where a broker stays while it comes and goes, and each time asks for another token.
type proxy struct {
	url    string // with the token that clients know
	token  string
	mu     sync.Mutex
	broker *url.URL // nil: nobody is there
	open   map[net.Conn]bool
	breaks int        // connections that are to break
	after  func() int // so many bytes
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

// to breaks all connections, and has the proxy lead to another broker from now on, or to none.
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

// breakAfter has the next n connections break after some bytes.
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

// dial connects to the broker for a client, and returns how much he may say.
func (p *proxy) dial(client net.Conn) (server net.Conn, token string, most int64) {
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
	most = 1 << 40
	if p.breaks > 0 {
		p.breaks--
		most = int64(p.after())
	}
	return server, p.broker.User.Username(), most
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, token, most := p.dial(client)
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
	// Tokens are of one length, and the first that a client says has it.
	hello := make([]byte, 4096)
	n, err := client.Read(hello)
	if err != nil {
		return
	}
	if _, err := server.Write(bytes.ReplaceAll(hello[:n], []byte(p.token), []byte(token))); err != nil {
		return
	}
	_, _ = io.CopyN(server, client, most)
}
