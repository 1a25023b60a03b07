package proof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"example.com/roster/adapters/nats"
	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/app"
)

// A patient has the flags of one set-up, and what doctor prints about it; … stands for any text.
type patient struct {
	flags func(t *testing.T) []string
	lines string
}

const fineFiles = `
broker: fine, no --nats-url: serve runs its own
identity: fine, no --oidc-issuer: serve accepts the tokens of roster token, on the loopback only
disk: fine, enough room in …`

const fineDatabase = `
database: fine, PostgreSQL … answers roster_test_…
database clock: fine, at most 5s from the database's
migrations: fine, version … of …
grants: fine, as the migrations make them
roles: fine, roster_test_… may take all that serve takes
store: fine, a write was tried and undone`

var patients = map[string]patient{
	"all is well": {func(t *testing.T) []string {
		return append(databaseOf(t, "roster_serve", "roster_upkeep", "roster_relay"), "--nats-url", brokerOf(t, ""), "--oidc-issuer", provider(t), "--oidc-audience", "roster")
	}, fineDatabase + `
broker: fine, nats-server … answers
streams: fine, ROSTER_PARTITIONS, ROSTER_EVENTS, ROSTER_COMMANDS, ROSTER_REPLIES: not there yet, serve creates them
rights: fine, all that serve needs
identity: fine, http://127.0.0.1:… publishes its keys
identity clock: fine, at most 5s from the provider's
disk: fine, no directory is needed`},
	"the database's server is down": {func(*testing.T) []string {
		return []string{"--database-url", "postgres://roster:secret@127.0.0.1:1/roster"}
	}, `
database: postgres: failed to connect to …user=roster database=roster…: 127.0.0.1:1 …connection refused -> start the server, or correct --database-url
database clock: not tried, because of database
migrations: not tried, because of database
grants: not tried, because of database
roles: not tried, because of database
store: not tried, because of database` + fineFiles},
	"the database's server does not answer": {func(t *testing.T) []string { return []string{"--database-url", silentDatabase(t)} }, `
database: no answer within 5s -> check the address in --database-url, and what is on the way to it
database clock: not tried, because of database
migrations: not tried, because of database
grants: not tried, because of database
roles: not tried, because of database
store: not tried, because of database` + fineFiles},
	"the database has no tables": {func(t *testing.T) []string { return []string{"--database-url", pgtest.Database(t, nil)} }, `
database: fine, PostgreSQL … answers roster_test_…
database clock: fine, at most 5s from the database's
migrations: the tables are of version 0, this program needs … -> run "roster migrate" as the owner of the tables
grants: not tried, because of migrations
roles: not tried, because of migrations
store: not tried, because of migrations` + fineFiles},
	"the tables are newer": {func(t *testing.T) []string {
		url := pgtest.Database(t, postgres.Migrate)
		onServer(t, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
		return []string{"--database-url", url}
	}, `
database: fine, PostgreSQL … answers roster_test_…
database clock: fine, at most 5s from the database's
migrations: the tables are of version 999, this program knows up to … -> use a newer roster
grants: not tried, because of migrations
roles: not tried, because of migrations
store: not tried, because of migrations` + fineFiles},
	"the database was restored without its grants": {func(t *testing.T) []string {
		url := pgtest.Database(t, postgres.Migrate)
		onServer(t, url, "DROP POLICY relay ON journal; DROP POLICY upkeep ON replies; REVOKE ALL ON courses, standings, journal, goose_db_version FROM roster_serve, roster_read, roster_relay, roster_upkeep")
		return []string{"--database-url", pgtest.User(t, url, "roster_serve", "roster_upkeep", "roster_relay")}
	}, `
database: fine, PostgreSQL … answers roster_test_…
database clock: fine, at most 5s from the database's
migrations: fine, the tables are there, but this user may not read their version
grants: 21 roles, grants and policies are missing, first CREATE POLICY relay ON journal AS PERMISSIVE FOR ALL TO roster_relay USING … -> run "roster migrate" as the owner of the tables
roles: fine, roster_test_… may take all that serve takes
store: not tried, because of grants` + fineFiles},
	"the database's user was granted too little": {func(t *testing.T) []string { return databaseOf(t, "roster_serve") }, `
database: fine, PostgreSQL … answers roster_test_…
database clock: fine, at most 5s from the database's
migrations: fine, version … of …
grants: fine, as the migrations make them
roles: roster_test_… may not take roster_relay, roster_upkeep -> GRANT roster_relay, roster_upkeep TO roster_test_…
store: not tried, because of roles` + fineFiles},
	"the database's user is a superuser": {func(t *testing.T) []string {
		return []string{"--database-url", as(t, pgtest.Server(t), pgtest.Database(t, postgres.Migrate))}
	}, `
database: fine, PostgreSQL … answers roster…
database clock: fine, at most 5s from the database's
migrations: fine, version … of …
grants: fine, as the migrations make them
roles: roster… is a superuser or has BYPASSRLS, so that row-level security does not keep tenants apart -> name a user without these in --database-url
store: not tried, because of roles` + fineFiles},
	"the broker is down": {func(*testing.T) []string {
		return []string{"--database-url", "memory:", "--nats-url", "nats://127.0.0.1:1"}
	}, `
database: fine, in memory: nothing is left when serve ends
broker: nats: connect: …no broker answers… -> start the broker, or correct --nats-url and its user; until then events wait
streams: not tried, because of broker
rights: not tried, because of broker
identity: fine, …
disk: fine, …`},
	"the broker has no JetStream": {func(t *testing.T) []string {
		return []string{"--database-url", "memory:", "--nats-url", brokerOf(t, "jetstream: disabled")}
	}, `
database: fine, in memory: nothing is left when serve ends
broker: fine, nats-server … answers
streams: nats: stream ROSTER_PARTITIONS: … -> enable JetStream on the server, and let the user of --nats-url use it
rights: fine, all that serve needs
identity: fine, …
disk: fine, …`},
	"the broker's user may do too little": {func(t *testing.T) []string {
		return []string{"--database-url", "memory:", "--nats-url", brokerOf(t, `authorization: {users: [{user: roster, password: secret, permissions: {
			publish: ["$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*", "roster.>", "$JS.API.CONSUMER.>"], subscribe: "_INBOX.>"}}]}`)}
	}, `
database: fine, in memory: nothing is left when serve ends
broker: fine, nats-server … answers
streams: fine, ROSTER_PARTITIONS, …: not there yet, serve creates them
rights: the user may not use $JS.API.STREAM.MSG.GET.ROSTER_EVENTS, $JS.API.STREAM.MSG.GET.ROSTER_PARTITIONS, $JS.API.STREAM.MSG.DELETE.ROSTER_PARTITIONS, $JS.ACK.ROSTER_COMMANDS.… -> allow that in the broker's configuration, as docs/security.md has it
identity: fine, …
disk: fine, …`},
	"the streams have too few copies": {func(t *testing.T) []string {
		url := brokerOf(t, "")
		bus, err := nats.Connect(url, nats.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer bus.Close()
		if err := bus.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		return []string{"--database-url", "memory:", "--nats-url", url, "--nats-replicas", "3"}
	}, `
database: fine, …
broker: fine, nats-server … answers
streams: too few copies: ROSTER_PARTITIONS has 1 of 3, ROSTER_EVENTS has 1 of 3, ROSTER_COMMANDS has 1 of 3, ROSTER_REPLIES has 1 of 3 -> start the servers that are down, or raise the number with nats stream edit
rights: fine, all that serve needs
identity: fine, …
disk: fine, …`},
	"the provider is away": {func(*testing.T) []string {
		return []string{"--database-url", "memory:", "--oidc-issuer", "http://127.0.0.1:1", "--oidc-audience", "roster"}
	}, `
database: fine, …
broker: fine, …
identity: the identity provider: …connection refused -> correct --oidc-issuer or --oidc-discovery-url, or start the provider
identity clock: not tried, because of identity
disk: fine, …`},
	"the provider has another name": {func(t *testing.T) []string {
		return []string{"--database-url", "memory:", "--oidc-issuer", provider(t) + "/", "--oidc-audience", "roster"}
	}, `
database: fine, …
broker: fine, …
identity: --oidc-issuer must be "http://127.0.0.1:…", as the provider says -> correct --oidc-issuer or --oidc-discovery-url, or start the provider
identity clock: not tried, because of identity
disk: fine, …`},
	"the provider's clock is wrong": {func(t *testing.T) []string {
		return []string{"--database-url", "memory:", "--oidc-issuer", lateProvider(t), "--oidc-audience", "roster"}
	}, `
database: fine, …
broker: fine, …
identity: fine, http://127.0.0.1:… publishes its keys
identity clock: this machine's clock is 1h0m… from the provider's -> set both by NTP: tokens begin and expire by it
disk: fine, …`},
	"the data directory is a file": {func(t *testing.T) []string { return []string{"--data-dir", writtenFile(t, "")} }, `
database: open …/file/roster.db: not a directory -> let the user of serve read and write it, or name another with --database-url
migrations: not tried, because of database
broker: fine, …
identity: fine, …
disk: …/file cannot be written: …/file is not a directory -> let the user of serve write there, or choose another with --data-dir or --database-url`},
	"the database's file is damaged": {func(t *testing.T) []string {
		return []string{"--database-url", "sqlite:" + writtenFile(t, strings.Repeat("not a database ", 1000))}
	}, `
database: …/file: …file is not a database… -> restore it from a backup, or name another with --database-url
migrations: not tried, because of database` + fineFiles},
}

// doctor prints one line about each thing that a set-up depends on, and exits with 0 if all are fine.
func TestDoctor(t *testing.T) {
	t.Parallel()
	for name, c := range patients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			args := append([]string{"doctor", "--data-dir", data}, c.flags(t)...)
			limit := 2 * time.Minute
			if strings.Contains(name, "does not answer") {
				limit = 0 // the default
			}
			code, out, stderr := examine(t, limit, args...)
			want := strings.TrimPrefix(c.lines, "\n") + "\n"
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$"
			if !regexp.MustCompile(pattern).MatchString(out) {
				t.Errorf("printed\n%swant\n%s", out, want)
			}
			if wantCode := map[bool]int{true: 0, false: 4}[name == "all is well"]; code != wantCode || (code == 0) != (stderr == "") {
				t.Errorf("exit %d, want %d: %s", code, wantCode, stderr)
			}
			if _, err := os.Stat(data); err == nil {
				t.Error("it has made the data directory")
			}
			t.Logf("exit %d\n%s%s", code, out, stderr)
		})
	}
}

// The rights that doctor looks for are those of the configuration in docs/security.md.
func TestDoctorWithTheAccountsOfTheDocument(t *testing.T) {
	t.Parallel()
	b := startAccountBroker(t)
	_, out, _ := examine(t, 2*time.Minute, "doctor", "--database-url", "memory:", "--data-dir", t.TempDir(), "--nats-url", b.url("roster"))
	if want := "streams: fine, all are there\nrights: fine, all that serve needs\n"; !strings.Contains(out, want) {
		t.Errorf("printed\n%s", out)
	}
	_, out, _ = examine(t, 2*time.Minute, "doctor", "--database-url", "memory:", "--data-dir", t.TempDir(), "--nats-url", b.url("acme"))
	if !strings.Contains(out, "streams: nats: stream ROSTER_PARTITIONS: ") {
		t.Errorf("as a tenant it printed\n%s", out)
	}
}

// With --json there is one object.
func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	code, out, _ := examine(t, 2*time.Minute, "doctor", "--json", "--data-dir", t.TempDir(), "--nats-url", "nats://127.0.0.1:1")
	var found struct {
		Checks []struct {
			Name, Detail, Fix string
			OK                *bool
		}
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 4 || len(found.Checks) != 7 {
		t.Fatalf("exit %d, %v, %s", code, err, out)
	}
	for _, c := range found.Checks {
		if c.OK == nil || c.Name == "" || c.Detail == "" || (c.Fix != "") != (c.Name == "broker") {
			t.Errorf("%+v", c)
		}
	}
}

// doctor changes nothing in a folder with a database, even if a process that was killed has left its log, and no stream of a broker.
func TestDoctorChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "sqlite")
	s.must(t, "", "course", "put", "go", "--title", "Go", "--capacity", "1")
	broker := brokerOf(t, "")
	s.mustNotChange(t, "doctor", "--nats-url", broker)
	allCourses(t, s.open(t)) // it stays open, so that there is a log
	s.must(t, "", "enroll", "go", "ada")
	killed := system{url: "sqlite:" + filepath.Join(t.TempDir(), "copy", "roster.db"), data: t.TempDir()}
	if err := os.CopyFS(killed.folder(), os.DirFS(s.folder())); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(filepath.Join(killed.folder(), "roster.db-wal")); err != nil || log.Size() == 0 {
		t.Fatal("there is no log", err)
	}
	killed.mustNotChange(t, "doctor")
	if err := os.Remove(filepath.Join(killed.folder(), "roster.db-shm")); err != nil {
		t.Fatal(err)
	}
	killed.mustNotChange(t, "doctor")
	conn, js := jetStream(t, broker)
	defer conn.Close()
	streams := js.StreamNames(t.Context())
	for name := range streams.Name() {
		t.Errorf("it has created the stream %s", name)
	}
	if err := streams.Err(); err != nil {
		t.Error(err)
	}
}

func (s system) folder() string { return filepath.Dir(strings.TrimPrefix(s.url, "sqlite:")) }

func (s system) mustNotChange(t *testing.T, args ...string) {
	t.Helper()
	before := content(t, s.folder()) + content(t, s.data)
	s.must(t, "", args...)
	if after := content(t, s.folder()) + content(t, s.data); after != before {
		t.Errorf("%s\nthe files before and after: %s", before, firstDifference(before, after))
	}
}

func content(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s has %d bytes, with the digest %x\n", path, len(text), sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func examine(t *testing.T, limit time.Duration, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = app.Run(t.Context(), app.Options{Args: args, Check: limit, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log})
	return code, out.String(), log.String()
}

// databaseOf returns the flags for a migrated database, for a user with roles.
func databaseOf(t *testing.T, roles ...string) []string {
	t.Helper()
	return []string{"--database-url", pgtest.User(t, pgtest.Database(t, postgres.Migrate), roles...)}
}

// brokerOf starts a broker with a configuration, besides that of JetStream, and returns the URL of its user.
func brokerOf(t *testing.T, conf string) string {
	t.Helper()
	if !strings.Contains(conf, "jetstream") {
		conf += "\njetstream: enabled"
	}
	s, err := configure(t, "listen: \"127.0.0.1:-1\"\n"+conf+"\n")
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(2 * time.Minute) {
		t.Fatal("the broker is not ready after two minutes")
	}
	return "nats://roster:secret@" + s.Addr().String()
}

func provider(t *testing.T) string {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return m.Issuer()
}

// lateProvider is a provider whose clock is an hour and half a minute behind. doctor reports the difference that is certain, which is up to
// a second less.
func lateProvider(t *testing.T) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour-30*time.Second).UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/keys" {
			_, _ = w.Write([]byte(`{"keys":[]}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": s.URL, "jwks_uri": s.URL + "/keys"})
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func writtenFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
