package container

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

// A database whose users the script of compose.yaml made, on a test server. Its users have names of their own.
type usersDatabase struct {
	superuser string                   // the database, as the server's superuser
	url       func(user string) string // the database, as roster_owner, roster_app or another user
}

func newUsersDatabase(t *testing.T) usersDatabase {
	t.Helper()
	server, err := url.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	name := "roster_test_compose_" + strings.ToLower(rand.Text()[:8])
	users := []string{"roster_owner", "roster_app", "roster_background", "roster_stranger"}
	drop := []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"}
	renames := []string{"DATABASE roster ", "DATABASE " + name + " "}
	for _, user := range users {
		renamed := strings.Replace(user, "roster", name, 1)
		renames = append(renames, user, renamed)
		drop = append(drop, "DROP ROLE IF EXISTS "+renamed)
	}
	own := strings.NewReplacer(renames...)
	at := func(user *url.Userinfo, database string) string {
		u := *server
		u.User, u.Path = user, database
		return u.String()
	}
	execute(t, server.String(), "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, server.String(), drop...) })
	superuser := at(server.User, name)
	execute(t, superuser, strings.Split(own.Replace(readCompose(t).Configs["users"].Content), ";\n")...)
	execute(t, superuser, own.Replace("CREATE USER roster_stranger PASSWORD '"+secret+"'"))
	return usersDatabase{superuser, func(user string) string { return at(url.UserPassword(own.Replace(user), secret), name) }}
}

// The program runs as the users of compose.yaml: the owner migrates, and the service serves.
func TestDatabaseUsers(t *testing.T) {
	t.Parallel()
	services, database := readCompose(t).Services, newUsersDatabase(t)
	for _, run := range []struct {
		service string
		args    []string
		code    int
	}{
		{"serve", []string{"migrate"}, 4},
		{"migrate", []string{"migrate"}, 0},
		{"serve", []string{"course", "put", "go-101", "--title", "Go", "--capacity", "1"}, 0},
		{"worker", []string{"enroll", "go-101", "ada"}, 0},
		{"worker", []string{"check"}, 0},
	} {
		u, err := url.Parse(services[run.service].Environment["ROSTER_DATABASE_URL"])
		if err != nil || u.Path != "/roster" {
			t.Fatalf("%s: %v, %v", run.service, u, err)
		}
		environment := map[string]string{"ROSTER_DATABASE_URL": database.url(u.User.Username())}
		if output, code := roster(t, environment, run.args...); code != run.code {
			t.Fatalf("%s: %q: exit %d, want %d\n%s", run.service, run.args, code, run.code, output)
		}
	}
}

// The service's user has the privileges of roster_serve. It removes journal entries, and changes what is purged, only in a
// transaction that sets the role for it. So the store can expire, purge and forget.
func TestServiceUserHasNoPrivilegeOfAnUnsetRole(t *testing.T) {
	t.Parallel()
	database := newUsersDatabase(t)
	if err := postgres.Migrate(t.Context(), database.url("roster_owner")); err != nil {
		t.Fatal(err)
	}
	entry := "INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at)" +
		" VALUES ('default', 'go-101', %d, 'id', '', 'course.opened', '2020-01-01')"
	conn, err := pgx.Connect(t.Context(), database.url("roster_app"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, c := range []struct{ role, statement, state string }{
		{"", "INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision, announced) " +
			"VALUES ('default', 'go-101', 'Go', 1, true, true, 0, 0, 2, 2, 2)", ""},
		{"", fmt.Sprintf(entry, 1), ""},
		{"", fmt.Sprintf(entry, 2), ""},
		{"", "DELETE FROM journal", "42501"},
		{"", "DELETE FROM courses", "42501"},
		{"", "INSERT INTO outbox (tenant_id, course_id, published, purged) VALUES ('default', 'go-101', 2, 0)", "42501"},
		{"roster_relay", "INSERT INTO outbox (tenant_id, course_id, published, purged) VALUES ('default', 'go-101', 2, 0)", ""},
		{"", "UPDATE outbox SET published = published", ""},
		{"", "UPDATE outbox SET purged = purged", "42501"},
		{"", "UPDATE unpublished SET events = 0", "42501"},
		{"", "DELETE FROM unpublished", ""},
		{"", "DELETE FROM last_published", "42501"},
		{"", "SELECT * FROM last_published", "42501"},
		{"roster_serve", "DELETE FROM journal", "42501"},
		{"roster_upkeep", "DELETE FROM journal", "42501"},
		{"roster_upkeep", "DELETE FROM replies", ""},
	} {
		_, err := conn.Exec(t.Context(), "BEGIN; SELECT set_config('app.tenant', 'default', true); SET LOCAL ROLE "+
			cmp.Or(c.role, "NONE"), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), c.statement); sqlState(err) != c.state {
			t.Errorf("as %q: %s: %v, want %q", c.role, c.statement, err, c.state)
		}
		if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil { // a rollback, after an error
			t.Fatal(err)
		}
	}
	s, err := postgres.Open(t.Context(), database.url("roster_app"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Purge(t.Context(), time.Now()); n != 1 || err != nil {
		t.Errorf("purged %d entries, want 1: %v", n, err)
	}
	if _, err := s.Expire(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := s.Forget(t.Context(), "default", "ada", "forgotten"); err != nil {
		t.Error(err)
	}
}

// LISTEN has no privileges, and a notification tells of each commit. So a login without a role can't connect.
func TestOtherLoginsHearNoNotifications(t *testing.T) {
	t.Parallel()
	database := newUsersDatabase(t)
	conn, err := pgx.Connect(t.Context(), database.url("roster_stranger"))
	if err == nil {
		_, err = conn.Exec(t.Context(), "LISTEN roster_journal")
		_ = conn.Close(context.Background())
		t.Fatalf("a login without a role connects, and LISTEN answers: %v", err)
	}
	if sqlState(err) != "42501" {
		t.Error(err)
	}
}

// sqlState returns the code of a server's error, and "" for none.
func sqlState(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	} else if err != nil {
		return err.Error()
	}
	return ""
}

// execute runs statements. It ignores that a role exists: other tests on the server create it too.
func execute(t *testing.T, url string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		_, err := conn.Exec(ctx, statement)
		failure, ok := errors.AsType[*pgconn.PgError](err)
		if err != nil && !(ok && (failure.Code == "42710" || failure.Code == "23505") && strings.Contains(statement, "CREATE ROLE")) {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
