package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"
)

// A statement with parameters is prepared once for each connection, and closed before it. One without parameters is not kept.
func TestStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	c, err := connect(filepath.Join(t.TempDir(), "roster.db"), writing)
	if err != nil {
		t.Fatal(err)
	}
	n := &counts{}
	db := sql.OpenDB(preparing{counting{c, n}})
	for range 2 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			for _, text := range []string{"SELECT ?", "SELECT ? WHERE TRUE"} {
				var got int
				if err := conn.QueryRowContext(t.Context(), text, i).Scan(&got); err != nil || got != i {
					t.Errorf("%s: got %d, %v; want %d", text, got, err, i)
				}
			}
			if _, err := conn.ExecContext(t.Context(), "SELECT 1 WHERE ?", i); err != nil {
				t.Error(err)
			}
			if _, err := conn.ExecContext(t.Context(), "SELECT 1"); err != nil {
				t.Error(err)
			}
		}
		if err := conn.Raw(func(any) error { return driver.ErrBadConn }); err == nil { // it breaks
			t.Error("the connection did not break")
		}
		_ = conn.Close()
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if *n != (counts{connections: 2, prepared: 6, closedBefore: 6}) {
		t.Errorf("got %+v; want 3 statements for each of 2 connections, closed before it", *n)
	}
}

type counts struct{ connections, prepared, open, closedBefore int }

type counting struct {
	driver.Connector
	*counts
}

func (c counting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.connections++
	return countingConn{conn.(connection), c.counts}, nil
}

type countingConn struct {
	connection
	*counts
}

func (c countingConn) Prepare(text string) (driver.Stmt, error) {
	s, err := c.connection.Prepare(text)
	c.prepared++
	c.open++
	return countingStmt{s.(statement), c.counts}, err
}

func (c countingConn) Close() error {
	c.closedBefore = c.prepared - c.open
	return c.connection.Close()
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type countingStmt struct {
	statement
	*counts
}

func (s countingStmt) Close() error {
	s.open--
	return s.statement.Close()
}
