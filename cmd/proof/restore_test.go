package proof_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/roster/adapters/postgres/pgtest"
)

// A dump restored on a server without roster's roles loses each grant and policy that names one. migrate says which, and makes them again.
func TestRestoreOnANewServer(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "postgres")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	s.must(t, "", "enroll", "go", "ada")
	s.must(t, "", "enroll", "go", "bob")
	restored := s.restoreOn(t, newServer(t))

	lost, current := restored.must(t, "", "migrate", "--status"), s.must(t, "", "migrate", "--status")
	for _, want := range []string{current, "missing: CREATE ROLE roster_serve NOLOGIN\n", "missing: GRANT DELETE ON journal TO roster_relay\n", "missing: CREATE POLICY relay ON journal "} {
		if !strings.Contains(lost, want) {
			t.Errorf("%q is not in\n%s", want, lost)
		}
	}
	t.Logf("lost: %d statements\n%s", strings.Count(lost, "missing: "), lost)
	if out := restored.must(t, "", "migrate"); strings.ReplaceAll(out, "restored: ", "missing: ") != lost {
		t.Errorf("migrate printed\n%sand missing was\n%s", out, lost)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--status"}} {
		if out := restored.must(t, "", args...); out != current {
			t.Errorf("%v afterwards: %s", args, out)
		}
	}
	serve := restored
	serve.url = asUser(t, restored.url, "roster_app", "roster_serve", "roster_upkeep", "roster_relay")
	serve.must(t, "", "withdraw", "go", "ada")
	serve.mustCheck(t)
	if list := serve.must(t, "", "list", "go", "--status", "enrolled"); !strings.Contains(list, "bob") {
		t.Errorf("after the restore: %s", list)
	}
}

// If the user may not create the roles, migrate says what an administrator has to run.
func TestRestoreWithoutTheRightToCreateRoles(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "postgres")
	server := newServer(t)
	restored := s.restoreOn(t, server)
	onServer(t, server, "ALTER ROLE "+ownerOf(t, restored.url)+" NOCREATEROLE")
	r := restored.run(t, "", "migrate")
	statements := "CREATE ROLE roster_read NOLOGIN; CREATE ROLE roster_relay NOLOGIN; CREATE ROLE roster_serve NOLOGIN; CREATE ROLE roster_upkeep NOLOGIN"
	if r.code != 4 || !strings.Contains(r.stderr, "have an administrator run: "+statements+"; then run") {
		t.Fatalf("exit %d, %s", r.code, r.stderr)
	}
	onServer(t, server, statements)
	restored.must(t, "", "migrate")
	if out, current := restored.must(t, "", "migrate", "--status"), s.must(t, "", "migrate", "--status"); out != current {
		t.Error(out)
	}
}

// newServer starts a server without roster's roles, and returns the URL of its superuser.
func newServer(t *testing.T) string {
	t.Helper()
	pgtest.Server(t) // skips the test if there is no PostgreSQL
	server, stop, err := pgtest.Start("", pgtest.Throwaway...)
	pgtest.Started(t, err)
	t.Cleanup(stop)
	return server
}

// restoreOn dumps the system's database and restores it on a server that has only the role of the owner.
func (s system) restoreOn(t *testing.T, server string) system {
	t.Helper()
	pgDump, err1 := exec.LookPath("pg_dump")
	pgRestore, err2 := exec.LookPath("pg_restore")
	if err1 != nil || err2 != nil {
		t.Skip("NOT RUN: no pg_dump and pg_restore on PATH, so nothing is restored on a new server")
	}
	owner, file := ownerOf(t, s.url), filepath.Join(t.TempDir(), "dump")
	onServer(t, server, fmt.Sprintf("CREATE USER %s CREATEROLE PASSWORD 'secret'; CREATE DATABASE roster OWNER %[1]s", owner))
	from := as(t, pgtest.Server(t), s.url) // row-level security hides rows from the owner
	if out, err := exec.CommandContext(t.Context(), pgDump, "-Fc", "-f", file, from).CombinedOutput(); bytes.Contains(out, []byte("server version mismatch")) {
		t.Skipf("NOT RUN: %s", out)
	} else if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out)
	}
	to := as(t, server, "/roster")
	out, err := exec.CommandContext(t.Context(), pgRestore, "-d", to, file).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte(`role "roster_serve" does not exist`)) {
		t.Fatalf("pg_restore lost nothing: %v\n%s", err, out)
	}
	_, count, _ := bytes.Cut(out, []byte("errors ignored on restore:"))
	t.Logf("pg_restore ignored %s errors", bytes.TrimSpace(count))
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(owner, "secret")
	return system{name: "postgres", url: u.String(), data: t.TempDir()}
}

func ownerOf(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}

// as returns the URL of a database, as the superuser of a server.
func as(t *testing.T, server, database string) string {
	t.Helper()
	u, err1 := url.Parse(server)
	d, err2 := url.Parse(database)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	u.Path = d.Path
	return u.String()
}

// onServer runs statements, each in a transaction of its own.
func onServer(t *testing.T, server, statements string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement := range strings.SplitSeq(statements, ";") {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// asUser creates a user with roles on the database's server, and returns the database's URL for that user.
func asUser(t *testing.T, database, name string, roles ...string) string {
	t.Helper()
	onServer(t, database, fmt.Sprintf("CREATE USER %s PASSWORD 'secret'; GRANT %s TO %[1]s", name, strings.Join(roles, ", ")))
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "secret")
	return u.String()
}
