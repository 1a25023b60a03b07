package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5"
)

// configure injects the faults into the connections of PostgreSQL's Updates. There COMMIT is part of a batch, so a network
// connection has to find it.
func (f faults) configure(config *pgx.ConnConfig) {
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := f.refuses(); err != nil {
			return nil, err
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &faultyNetConn{Conn: conn, faults: f}, nil
	}
}

type faultyNetConn struct {
	net.Conn
	faults

	committing sync.Mutex
	answer     bytes.Buffer
	broken     error
}

var commitDigest = sha256.Sum256([]byte("COMMIT"))

// commitMessage is in a message that runs the prepared statement COMMIT, by the name that pgx gives it.
var commitMessage = fmt.Appendf(nil, "\x00stmtcache_%x\x00", commitDigest[:24])

func (c *faultyNetConn) Write(b []byte) (int, error) {
	if !bytes.Contains(b, commitMessage) {
		return c.Conn.Write(b)
	}
	c.committing.Lock()
	defer c.committing.Unlock()
	c.broken = c.commit(
		func() error {
			if _, err := c.Conn.Write(b); err != nil {
				return err
			}
			return c.readAnswer()
		},
		c.Conn.Close,
	)
	if c.broken != nil {
		return 0, errors.Join(c.broken, c.Conn.Close())
	}
	return len(b), nil
}

func (c *faultyNetConn) Read(b []byte) (int, error) {
	c.committing.Lock()
	broken, waits := c.broken, c.answer.Len()
	if broken == nil && waits > 0 {
		defer c.committing.Unlock()
		return c.answer.Read(b)
	}
	c.committing.Unlock()
	if broken != nil {
		return 0, broken
	}
	return c.Conn.Read(b)
}

// readAnswer reads until the server is ready for the next message, and keeps it for Read.
func (c *faultyNetConn) readAnswer() error {
	for {
		head := make([]byte, 5) // the type of a message, and its length without the type
		if _, err := io.ReadFull(c.Conn, head); err != nil {
			return err
		}
		rest := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(c.Conn, rest); err != nil {
			return err
		}
		c.answer.Write(head)
		c.answer.Write(rest)
		if head[0] == 'Z' {
			return nil
		}
	}
}
