package main

import (
	"errors"
	"io"
	"net"
	"net/url"
	"time"
)

// away is how long a message is on its way between server and database, in each direction.
const away = time.Millisecond

// pgAway measures one course where the database is on another machine: each round trip costs twice [away].
func pgAway(b *bench) error {
	p, err := b.onPostgres()
	if err != nil {
		return err
	}
	database, err := url.Parse(b.server.admin)
	if err != nil {
		return err
	}
	network, err := newNetwork(database.Host)
	if err != nil {
		return err
	}
	defer network.close()
	roster, err := b.serve("roster", network.through(p.roster.database), "pgx", b.server.at("roster_main", nil))
	if err != nil {
		return err
	}
	defer roster.stop()
	naive, err := b.serveNaive(network.through(p.naive.database), "pgx", b.server.at("naive_main", nil))
	if err != nil {
		return err
	}
	defer naive.stop()
	ours, theirs, err := b.fight(duel{&pair{roster, naive}, "PostgreSQL 1 ms away, hot, 64 clients", hotCourse, b.closed(clients)})
	if err != nil {
		return err
	}
	b.results.metric("pg_hot_c64_vs_naive_1ms", ours.rate/theirs.rate)
	return nil
}

// A network is a way to an address on which everything takes its time.
type network struct {
	net.Listener
	to string
}

func newNetwork(to string) (*network, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &network{l, to}
	go n.accept()
	return n, nil
}

func (n *network) close() { _ = n.Close() }

// through is a URL that leads to the same, by this way.
func (n *network) through(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // it was connected to
	}
	u.Host = n.Addr().String()
	return u.String()
}

func (n *network) accept() {
	for {
		near, err := n.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", n.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		go carry(near, far)
		go carry(far, near)
	}
}

// carry brings what comes from one to the other, each piece [away] later, and hangs up when either does.
func carry(from, to net.Conn) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	under := make(chan piece, 1024)
	go func() {
		defer from.Close()
		defer to.Close()
		for p := range under {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.bytes); err != nil && !errors.Is(err, io.EOF) {
				break
			}
		}
		for range under { // until its sender has seen that nobody listens
		}
	}()
	defer close(under)
	for {
		buffer := make([]byte, 16<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			under <- piece{buffer[:n], time.Now().Add(away)}
		}
		if err != nil {
			return
		}
	}
}
