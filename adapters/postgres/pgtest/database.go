package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Database returns the URL of a new database that migrate has prepared, or of an empty one where migrate is nil. It is
// dropped when the test ends. The URL is that of its owner, who may create roles and has been granted upkeep's and the
// relay's, but for whom row-level security holds as for anybody.
func Database(t testing.TB, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	server := Server(t)
	owner := login(t, server, "CREATEROLE")
	name := unique()
	execute(t, server, "CREATE DATABASE %s OWNER %s", name, owner.Username())
	t.Cleanup(func() { execute(t, server, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name) })
	address := at(t, server, owner, name)
	if migrate != nil {
		if err := migrate(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		execute(t, server, "GRANT %s, %s TO %s", "roster_upkeep", "roster_relay", owner.Username())
	}
	return address
}

// User returns the URL, to the same database, of a new user who has been granted roles and nothing else. He is dropped
// when the test ends.
func User(t testing.TB, database string, roles ...string) string {
	t.Helper()
	server := Server(t)
	u := login(t, server, "")
	if len(roles) > 0 {
		execute(t, server, "GRANT %s"+strings.Repeat(", %s", len(roles)-1)+" TO %s", append(roles, u.Username())...)
	}
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return at(t, server, u, strings.TrimPrefix(address.Path, "/"))
}

// login makes a user of no privileges but this one.
func login(t testing.TB, server, privilege string) *url.Userinfo {
	t.Helper()
	name, password := unique(), rand.Text()
	execute(t, server, "CREATE USER %s NOSUPERUSER NOBYPASSRLS "+privilege+" PASSWORD '"+password+"'", name)
	t.Cleanup(func() { execute(t, server, "DROP USER %s", name) })
	return url.UserPassword(name, password)
}

func at(t testing.TB, server string, user *url.Userinfo, database string) string {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	address.User, address.Path = user, "/"+database
	return address.String()
}

func unique() string { return "roster_test_" + strings.ToLower(rand.Text()) }

// control is the connection of who owns the server.
var control struct {
	sync.Mutex
	conn *pgx.Conn
}

// execute runs a statement as who owns the server, with names in it.
func execute(t testing.TB, server, statement string, names ...string) {
	t.Helper()
	quoted := make([]any, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	control.Lock()
	defer control.Unlock()
	if control.conn == nil {
		var err error
		if control.conn, err = pgx.Connect(ctx, server); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := control.conn.Exec(ctx, fmt.Sprintf(statement, quoted...)); err != nil {
		t.Fatal(err)
	}
}

// release ends the connection of who owns the server.
func release() {
	if control.conn != nil {
		control.conn.Close(context.Background())
	}
}
