package sqlstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5"
)

// configure has the connections over which PostgreSQL's Updates go commit as they are told. There a COMMIT is a part of what
// is sent at once, so it is the line that knows it.
func (f faults) configure(c *pgx.ConnConfig) {
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &faultyLine{Conn: conn, faults: f}, nil
	}
}

type faultyLine struct {
	net.Conn
	faults

	committing sync.Mutex
	answered   bytes.Buffer
	broken     error
}

// committed is how a message that has the prepared statement run is known.
var committed = []byte("\x00commit\x00")

func (l *faultyLine) Write(b []byte) (int, error) {
	if !bytes.Contains(b, committed) {
		return l.Conn.Write(b)
	}
	l.committing.Lock()
	defer l.committing.Unlock()
	l.broken = l.commit(
		func() error {
			if _, err := l.Conn.Write(b); err != nil {
				return err
			}
			return l.answers()
		},
		l.Conn.Close,
	)
	if l.broken != nil {
		return 0, errors.Join(l.broken, l.Conn.Close())
	}
	return len(b), nil
}

func (l *faultyLine) Read(b []byte) (int, error) {
	l.committing.Lock()
	broken, waits := l.broken, l.answered.Len()
	if broken == nil && waits > 0 {
		defer l.committing.Unlock()
		return l.answered.Read(b)
	}
	l.committing.Unlock()
	if broken != nil {
		return 0, broken
	}
	return l.Conn.Read(b)
}

// answers waits until the server is ready for what comes next, and keeps what it said.
func (l *faultyLine) answers() error {
	for {
		head := make([]byte, 5) // the kind of a message, and its length without that
		if _, err := io.ReadFull(l.Conn, head); err != nil {
			return err
		}
		rest := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(l.Conn, rest); err != nil {
			return err
		}
		l.answered.Write(head)
		l.answered.Write(rest)
		if head[0] == 'Z' {
			return nil
		}
	}
}
