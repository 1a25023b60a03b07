package sqlstore_test

import (
	"context"
	"database/sql/driver"
)

// faults wraps a driver: commit replaces COMMIT, and may call the real COMMIT and ROLLBACK. If connect returns an error, a new
// connection fails with it; nil connects.
type faults struct {
	commit  func(commit, rollback func() error) error
	connect func() error
}

func (f faults) refuses() error {
	if f.connect == nil {
		return nil
	}
	return f.connect()
}

func (f faults) through(c driver.Connector) driver.Connector { return faultyConnector{c, f} }

type faultyConnector struct {
	driver.Connector
	faults
}

func (c faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.refuses(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return faultyConn{conn.(connection), c.faults}, nil
}

// A connection is what the connections of both drivers implement.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
}

type faultyConn struct {
	connection
	faults
}

func (c faultyConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := c.connection.BeginTx(ctx, options)
	return faultyTx{tx, c.faults}, err
}

type faultyTx struct {
	driver.Tx
	faults
}

func (t faultyTx) Commit() error { return t.commit(t.Tx.Commit, t.Rollback) }
