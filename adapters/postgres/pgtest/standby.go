package pgtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A Node is one of several servers that hold the same data.
type Node struct {
	URL string // of its superuser
	*server
}

// NewNode starts a server that others may copy. [Node.Stop] ends it.
func NewNode(settings ...string) (*Node, error) {
	return newNode(settings, func(*server) error { return nil })
}

// NewStandby starts a hot standby of n: it follows n, and can be read but not written.
func (n *Node) NewStandby(settings ...string) (*Node, error) {
	return newNode(settings, func(s *server) error {
		s.password = n.password
		return s.command("pg_basebackup", "-d", n.URL, "-D", filepath.Join(s.dir, "data"), "-X", "stream", "-c", "fast", "-R").Run()
	})
}

func newNode(settings []string, prepare func(*server) error) (*Node, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(Memory(), "roster-postgres-")
	if err != nil {
		return nil, err
	}
	s := newServer(bin, dir, settings)
	if err = chown(dir); err == nil {
		if err = prepare(s); err == nil {
			err = s.start()
		}
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("start a node: %w\n%s", err, s.log.Bytes())
	}
	return &Node{s.url(), s}, nil
}

// Promote makes a standby a server that can be written.
func (n *Node) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, n.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "SELECT pg_promote()")
	return err
}

// Set changes settings of a running server, each as name=value.
func (n *Node) Set(t testing.TB, settings ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		if _, err := conn.Exec(t.Context(), "ALTER SYSTEM SET "+name+" = '"+value+"'"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Exec(t.Context(), "SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
}

// Column returns the texts of a query's only column.
func (n *Node) Column(t testing.TB, query string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), n.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), query) // CollectRows returns the error
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// DialTo makes each new connection lead to the server that is current, whatever its address says.
func DialTo(current func() *Node) func(*pgx.ConnConfig) {
	return func(c *pgx.ConnConfig) {
		c.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
			u, err := url.Parse(current().URL)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, u.Host)
		}
	}
}

// Stop ends the server and removes its files.
func (n *Node) Stop() { n.stop() }
