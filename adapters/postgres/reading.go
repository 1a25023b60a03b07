package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/roster/adapters/internal/sqlstore"
)

// reading makes connections that tell the server the tenant of a query together with the query: one message there, one
// back. The server takes the two for one transaction, so that the tenant is forgotten with it.
type reading struct{ driver.Connector }

func (r reading) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return readingConn{conn.(*stdlib.Conn)}, nil
}

type readingConn struct{ *stdlib.Conn }

// QueryContext sends a query about no tenant as it is. bun writes values into the text, so there are no others.
func (c readingConn) QueryContext(ctx context.Context, query string, values []driver.NamedValue) (driver.Rows, error) {
	tenant, ok := sqlstore.TenantOf(ctx)
	if !ok {
		return c.Conn.QueryContext(ctx, query, values)
	}
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	batch := &pgx.Batch{}
	batch.Queue(setTenant, string(tenant))
	batch.Queue(query)
	results := c.Conn.Conn().SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return nil, failed(results, err)
	}
	found, err := results.Query()
	if err != nil {
		return nil, failed(results, err)
	}
	return &rows{found, results}, nil
}

// failed ends a batch; where nothing was sent, database/sql is to take another connection.
func failed(results pgx.BatchResults, err error) error {
	_ = results.Close() // says the same
	if pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// rows are what a query found: text, bigint, boolean, timestamptz and bytea, each of which pgx has as database/sql wants it.
type rows struct {
	found pgx.Rows
	batch pgx.BatchResults
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.found.FieldDescriptions()))
	for i, f := range r.found.FieldDescriptions() {
		names[i] = f.Name
	}
	return names
}

func (r *rows) Next(row []driver.Value) error {
	if !r.found.Next() {
		if err := r.found.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	values, err := r.found.Values()
	for i, v := range values {
		row[i] = v
	}
	return err
}

func (r *rows) Close() error {
	r.found.Close()
	return errors.Join(r.found.Err(), r.batch.Close())
}
