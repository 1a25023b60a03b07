package main

import (
	"errors"
	"io"
	"net"
	"net/url"
	"time"
)

// networkDelay is the delay between server and database in each direction.
const networkDelay = time.Millisecond

// measureSlowNetwork measures one course with the database on another machine: each round trip takes twice [networkDelay].
func measureSlowNetwork(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	database, err := url.Parse(b.postgresServer.admin)
	if err != nil {
		return err
	}
	proxy, err := newDelayProxy(database.Host)
	if err != nil {
		return err
	}
	defer proxy.close()
	roster, err := b.serveRoster("roster", proxy.urlOf(p.roster.database), "pgx", p.roster.source)
	if err != nil {
		return err
	}
	defer roster.stop()
	naive, err := b.serveNaive(proxy.urlOf(p.naive.database), "pgx", p.naive.source)
	if err != nil {
		return err
	}
	defer naive.stop()
	rosterOutcome, naiveOutcome, err := b.compare(comparison{&serverPair{roster, naive}, "PostgreSQL 1 ms away, hot, 64 clients", hotCourse, b.closedLoop(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_c64_vs_naive_1ms", rosterOutcome.rate/naiveOutcome.rate)
	return nil
}

// A delayProxy forwards TCP connections to an address, and delays all bytes.
type delayProxy struct {
	net.Listener
	to string
}

func newDelayProxy(to string) (*delayProxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &delayProxy{l, to}
	go p.accept()
	return p, nil
}

func (p *delayProxy) close() { _ = p.Close() }

// urlOf returns the URL of the same database through the proxy.
func (p *delayProxy) urlOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // it has been used to connect
	}
	u.Host = p.Addr().String()
	return u.String()
}

func (p *delayProxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		database, err := net.Dial("tcp", p.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		go copyDelayed(client, database)
		go copyDelayed(database, client)
	}
}

// copyDelayed copies from one connection to the other, each chunk after [networkDelay], and closes both when either closes.
func copyDelayed(from, to net.Conn) {
	type chunk struct {
		bytes []byte
		due   time.Time
	}
	inFlight := make(chan chunk, 1024)
	go func() {
		defer from.Close()
		defer to.Close()
		for c := range inFlight {
			time.Sleep(time.Until(c.due))
			if _, err := to.Write(c.bytes); err != nil && !errors.Is(err, io.EOF) {
				break
			}
		}
		for range inFlight { // drain it until the reader notices that the connection is closed
		}
	}()
	defer close(inFlight)
	for {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			inFlight <- chunk{buffer[:n], time.Now().Add(networkDelay)}
		}
		if err != nil {
			return
		}
	}
}
