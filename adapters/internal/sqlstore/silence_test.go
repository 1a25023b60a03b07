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
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/ports"
)

// A line that goes silent, without being closed, ends a turn, too: after a while the connection is tried.
func TestSilentLineEndsATurn(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("takes half a minute: ROSTER_LONG=1")
	}
	t.Parallel()
	address, err := url.Parse(pgtest.Database(t, postgres.Migrate))
	must(t, err)
	line := newMuteLine(t, address.Host)
	address.Host = line.Addr().String()
	s, err := postgres.Open(t.Context(), address.String())
	must(t, err)
	defer s.Close()
	_, ended := holding(t, s)
	line.mute.Store(true)
	select {
	case err := <-ended:
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("nobody has noticed")
	}
}

// A muteLine passes on what goes between clients and a server, until it is mute.
type muteLine struct {
	net.Listener
	mute atomic.Bool
}

func newMuteLine(t *testing.T, server string) *muteLine {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	line := &muteLine{Listener: l}
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
			passing.Go(func() { _, _ = io.Copy(line.to(far), client) })
			passing.Go(func() { _, _ = io.Copy(line.to(client), far) })
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
	return line
}

func (l *muteLine) to(end io.Writer) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		if l.mute.Load() {
			return len(b), nil
		}
		return end.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
