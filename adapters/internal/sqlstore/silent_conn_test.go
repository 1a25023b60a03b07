package sqlstore_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

// A connection that goes silent without being closed ends a lock, too: after a while it is checked.
func TestSilentConnectionEndsALock(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("takes half a minute: ROSTER_LONG=1")
	}
	t.Parallel()
	address, err := url.Parse(pgtest.Database(t, postgres.Migrate))
	must(t, err)
	proxy := newSilentProxy(t, address.Host)
	address.Host = proxy.Addr().String()
	s, err := postgres.Open(t.Context(), address.String())
	must(t, err)
	defer s.Close()
	_, ended := holdLock(t, s)
	proxy.silent.Store(true)
	if err := portstest.Receive(t, "WithLock returns", ended); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// A silentProxy passes bytes between clients and a server, until it is silent.
type silentProxy struct {
	net.Listener
	silent atomic.Bool
}

func newSilentProxy(t *testing.T, server string) *silentProxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	proxy := &silentProxy{Listener: l}
	var accepting, passing sync.WaitGroup
	var ends []net.Conn
	accepting.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				t.Error(err)
				client.Close()
				return
			}
			ends = append(ends, client, far)
			passing.Go(func() { _, _ = io.Copy(proxy.to(far), client) })
			passing.Go(func() { _, _ = io.Copy(proxy.to(client), far) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		accepting.Wait()
		for _, end := range ends {
			end.Close()
		}
		passing.Wait()
	})
	return proxy
}

func (p *silentProxy) to(end io.Writer) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		if p.silent.Load() {
			return len(b), nil
		}
		return end.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
