package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database returns the URL of a new database that migrate has prepared, or of an empty one where migrate is nil. It is
// dropped when the test ends.
func Database(t testing.TB, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	server := Server(t)
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name := "roster_test_" + strings.ToLower(rand.Text())
	execute(t, server, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { execute(t, server, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)") })
	address.Path = "/" + name
	if migrate != nil {
		if err := migrate(t.Context(), address.String()); err != nil {
			t.Fatal(err)
		}
	}
	return address.String()
}

func execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
