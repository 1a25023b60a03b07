// Package broker runs a NATS server with JetStream in the process, for those who have none beside it. It listens on the loopback
// interface alone, and asks for a token that it makes at each start.
//
// Its directory has a lock, by which two processes never open one store, and broker.json: where the server is and its token,
// readable for the user who runs it alone. Other processes of that user find it there with [Find].
package broker

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"

	"example.com/roster/ports"
)

const (
	startTimeout = 10 * time.Second
	lockTimeout  = 300 * time.Millisecond // for which somebody who only looks may have the lock
	lockRetry    = 20 * time.Millisecond
)

// A Broker is a server in this process. Make one with [Start], and close it.
type Broker struct {
	server    *server.Server
	lock      *flock.Flock
	dir       string
	tempStore string // a directory that goes with the broker; empty where it is to stay
	token     string
}

// An Option is for [Start].
type Option func(*settings)

type settings struct{ memory bool }

// InMemory has the broker keep nothing: what it writes is gone when it is closed.
func InMemory() Option { return func(s *settings) { s.memory = true } }

// Start starts a broker that keeps its streams in dir, which is made if it is not there. Where another process has one on dir it
// returns [ports.ErrUnavailable].
func Start(dir string, options ...Option) (_ *Broker, err error) {
	var s settings
	for _, o := range options {
		o(&s)
	}
	b := &Broker{dir: dir, token: rand.Text()}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	if err := b.acquireLock(); err != nil {
		return nil, err
	}
	store := dir // in which the server makes its own
	if s.memory {
		if b.tempStore, err = os.MkdirTemp("", "roster-broker-"); err != nil {
			return nil, failed("make a directory", err)
		}
		store = b.tempStore
	}
	if err := b.serve(store); err != nil {
		return nil, err
	}
	return b, b.writeConnectionFile()
}

// claim takes the lock of the directory.
func (b *Broker) acquireLock() error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return failed("make the directory", err)
	}
	lock := lockOf(b.dir)
	ctx, cancel := context.WithTimeout(context.Background(), lockTimeout)
	defer cancel()
	switch got, err := lock.TryLockContext(ctx, lockRetry); {
	case got:
		b.lock = lock
		_ = os.Remove(connectionPath(b.dir)) // of one that was killed
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: another process runs the broker in %s; stop it, or give another --data-dir, or a --nats-url",
			ports.ErrUnavailable, b.dir)
	default:
		return failed("lock the directory", err)
	}
}

// serve starts the server.
func (b *Broker) serve(store string) error {
	s, err := server.NewServer(&server.Options{
		ServerName: "roster", Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: b.token,
		JetStream: true, StoreDir: store, NoSigs: true,
	})
	if err != nil {
		return failed("start", err)
	}
	log := &fatalLogger{}
	s.SetLoggerV2(log, false, false, false)
	b.server = s
	s.Start()
	if err := log.err(); err != nil {
		return failed("start", err)
	}
	if !s.ReadyForConnections(startTimeout) {
		return failed("start", errors.New("it does not get ready"))
	}
	return nil
}

// publish writes where the broker is. Others see all of it or nothing.
func (b *Broker) writeConnectionFile() error {
	text, err := json.Marshal(connectionFile{b.URL(), b.token, os.Getpid()})
	if err != nil {
		return failed("tell where it is", err)
	}
	file, err := os.CreateTemp(b.dir, "broker-*.json") // which makes it 0600
	if err != nil {
		return failed("tell where it is", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), connectionPath(b.dir))
	}
	if err != nil {
		return failed("tell where it is", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// URL returns where the broker is, with its token.
func (b *Broker) URL() string {
	u := url.URL{Scheme: "nats", User: url.User(b.token), Host: b.server.Addr().String()}
	return u.String()
}

// InProcessConn returns a connection that does not touch the network.
func (b *Broker) InProcessConn() (net.Conn, error) { return b.server.InProcessConn() }

// Close ends the broker: nobody finds it any more, it is shut down, and its directory is free.
func (b *Broker) Close() {
	if b.lock == nil {
		return
	}
	_ = os.Remove(connectionPath(b.dir)) // what is left is known as stale, for the lock is free
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.tempStore != "" {
		_ = os.RemoveAll(b.tempStore)
	}
	_ = b.lock.Unlock()
	b.lock = nil
}

func failed(doing string, err error) error {
	return fmt.Errorf("broker: %s: %w: %v", doing, ports.ErrUnavailable, err)
}
