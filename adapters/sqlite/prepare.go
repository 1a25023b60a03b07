package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
)

// A preparing connector makes connections that prepare a statement with parameters at its first use, and keep it as long as they
// live. The statements of bun have no parameters, since bun writes values into the text: they are not kept.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparingConn{c.(connection), make(map[string]driver.Stmt)}, nil
}

// A connection is what database/sql uses of the driver's connections.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
}

type preparingConn struct {
	connection
	prepared map[string]driver.Stmt
}

func (c *preparingConn) ExecContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Result, error) {
	if len(values) == 0 {
		return c.connection.ExecContext(ctx, text, values)
	}
	s, err := c.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.(driver.StmtExecContext).ExecContext(ctx, values)
}

// QueryContext returns rows that must be closed before the same query is sent again.
func (c *preparingConn) QueryContext(ctx context.Context, text string, values []driver.NamedValue) (driver.Rows, error) {
	if len(values) == 0 {
		return c.connection.QueryContext(ctx, text, values)
	}
	s, err := c.prepare(text)
	if err != nil {
		return nil, err
	}
	return s.(driver.StmtQueryContext).QueryContext(ctx, values)
}

func (c *preparingConn) prepare(text string) (driver.Stmt, error) {
	if s, ok := c.prepared[text]; ok {
		return s, nil
	}
	s, err := c.connection.Prepare(text)
	if err == nil {
		c.prepared[text] = s
	}
	return s, err
}

// Close closes the statements first: SQLite keeps the file open until the last one is.
func (c *preparingConn) Close() (err error) {
	for _, s := range c.prepared {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, c.connection.Close())
}
