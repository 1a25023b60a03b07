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

// A readConnector makes connections that set the tenant of a query together with it, in one round trip. The server runs the
// two as one transaction, so the setting ends with the query.
type readConnector struct{ driver.Connector }

func (r readConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return readConn{conn.(*stdlib.Conn)}, nil
}

type readConn struct{ *stdlib.Conn }

// QueryContext sends a query of no tenant unchanged. bun writes values into the text, so a query with a tenant has none.
func (c readConn) QueryContext(ctx context.Context, query string, values []driver.NamedValue) (driver.Rows, error) {
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
	_, err := results.Exec()
	var rows pgx.Rows
	if err == nil {
		rows, err = results.Query()
	}
	if err == nil {
		return &readRows{rows, results}, nil
	}
	_ = results.Close() // returns the same error
	if pgconn.SafeToRetry(err) {
		return nil, driver.ErrBadConn // nothing was sent: database/sql takes another connection
	}
	return nil, err
}

// readRows are the rows of a query: text, bigint, boolean, timestamptz and bytea, which pgx returns in the types that
// database/sql expects.
type readRows struct {
	rows  pgx.Rows
	batch pgx.BatchResults
}

func (r *readRows) Columns() []string {
	names := make([]string, len(r.rows.FieldDescriptions()))
	for i, f := range r.rows.FieldDescriptions() {
		names[i] = f.Name
	}
	return names
}

func (r *readRows) Next(row []driver.Value) error {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	values, err := r.rows.Values()
	for i, v := range values {
		row[i] = v
	}
	return err
}

func (r *readRows) Close() error {
	r.rows.Close()
	return errors.Join(r.rows.Err(), r.batch.Close())
}
