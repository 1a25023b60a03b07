// Package broker runs a NATS server with JetStream in this process, if no external broker is configured. It listens on the
// loopback interface only, and requires a token that is generated at each start.
//
// Its directory has a lock, so that two processes never open the same store, and broker.json: the server's URL and token, which
// only the user that runs the process can read. Other processes of that user find the broker with [Find].
package broker

import (
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
	startTimeout = time.Minute
	lockAttempts = 15 // more than Find of other processes can spoil
	lockRetry    = 20 * time.Millisecond
)

// A Broker is an embedded server. Make one with [Start], and close it.
type Broker struct {
	server    *server.Server
	lock      *flock.Flock // nil without a directory
	dir       string
	tempStore string // a directory that is removed; "" if the store is kept
	token     string
}

// Options are for [Start].
type Options struct {
	InMemory bool // without a store: Close removes all messages
}

// Start starts a broker that stores its streams in dir, and creates dir if it is missing. If another process runs a broker on dir,
// it returns [ports.ErrUnavailable]. A broker in memory needs no dir: with an empty one, it has no file, and [Find] does not find it.
func Start(dir string, options Options) (_ *Broker, err error) {
	b := &Broker{dir: dir, token: rand.Text()}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	if dir != "" || !options.InMemory {
		if err := b.acquireLock(); err != nil {
			return nil, err
		}
	}
	store := dir // the server creates its directory in it
	if options.InMemory {
		if b.tempStore, err = os.MkdirTemp("", "roster-broker-"); err != nil {
			return nil, failed("create a directory", err)
		}
		defer os.RemoveAll(b.tempStore) // the server requires it to start; later, only for a stream of another program that is on the disk
		store = b.tempStore
	}
	if err := b.serve(store); err != nil {
		return nil, err
	}
	if b.lock == nil {
		return b, nil
	}
	return b, b.writeConnectionFile()
}

// acquireLock acquires the lock of the directory.
func (b *Broker) acquireLock() error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return failed("create the directory", err)
	}
	lock := lockOf(b.dir)
	for range lockAttempts {
		switch locked, err := lock.TryLock(); {
		case locked:
			b.lock = lock
			_ = os.Remove(connectionPath(b.dir)) // left by a process that was killed
			return nil
		case err != nil:
			return failed("lock the directory", err)
		}
		time.Sleep(lockRetry)
	}
	return fmt.Errorf("%w: another process runs the broker in %s; stop it, or set another --data-dir or a --nats-url",
		ports.ErrUnavailable, b.dir)
}

func (b *Broker) serve(store string) error {
	s, err := server.NewServer(&server.Options{
		ServerName: "roster", Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: b.token, NoSublistCache: true,
		JetStream: true, StoreDir: store, NoSigs: true,
	})
	if err != nil {
		return failed("start", err)
	}
	log := &fatalLogger{}
	s.SetLoggerV2(log, false, false, false)
	b.server = s
	s.Start()
	if fatal, ok := log.fatal.Load().(string); ok {
		return failed("start", errors.New(fatal))
	}
	if !s.ReadyForConnections(startTimeout) {
		return failed("start", errors.New("the server is not ready in time"))
	}
	return nil
}

// writeConnectionFile writes broker.json atomically.
func (b *Broker) writeConnectionFile() error {
	text, _ := json.Marshal(connectionFile{b.URL(), b.token, os.Getpid()}) // strings and a number can always be encoded
	file, err := os.CreateTemp(b.dir, "broker-*.json")                     // with mode 0600
	if err != nil {
		return failed("write broker.json", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), connectionPath(b.dir))
	}
	if err != nil {
		return failed("write broker.json", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// URL returns the broker's URL, with its token.
func (b *Broker) URL() string {
	u := url.URL{Scheme: "nats", User: url.User(b.token), Host: b.server.Addr().String()}
	return u.String()
}

// InProcessConn returns a connection that does not use the network.
func (b *Broker) InProcessConn() (net.Conn, error) { return b.server.InProcessConn() }

// Close shuts the broker down. [Find] does not return it any more, and another broker may start on its directory.
func (b *Broker) Close() {
	if b.lock != nil {
		_ = os.Remove(connectionPath(b.dir)) // if it is left, it is stale, because the lock is free
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.tempStore != "" {
		_ = os.RemoveAll(b.tempStore)
	}
	if b.lock != nil {
		_ = b.lock.Unlock()
		b.lock = nil
	}
}

func failed(operation string, err error) error {
	return fmt.Errorf("broker: %s: %w: %v", operation, ports.ErrUnavailable, err)
}
