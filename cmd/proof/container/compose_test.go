package container

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

// A composition is the part of compose.yaml that the tests read.
type composition struct {
	Services map[string]service
	Configs  map[string]struct{ Content string }
	Volumes  map[string]any
}

type service struct {
	Image       string
	Build       string
	Command     []string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Configs     []struct{ Source, Target string }
	NetworkMode string         `yaml:"network_mode"`
	DependsOn   map[string]any `yaml:"depends_on"`
	Deploy      struct{ Replicas int }
	Healthcheck struct{ Test []string }
	Privileged  bool
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
}

// own reports whether the service runs roster.
func (s service) own() bool { return s.Build != "" }

// secret is the value of every variable.
const secret = "s3cret"

// readCompose reads compose.yaml with its variables filled in. Each variable must be required: an empty password is no password.
func readCompose(t *testing.T) (c composition) {
	t.Helper()
	text, err := os.ReadFile(root + "compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	filled := regexp.MustCompile(`\$\{\w+:\?\}`).ReplaceAll(text, []byte(secret))
	for line := range strings.Lines(string(filled)) {
		if strings.Contains(line, "$") {
			t.Errorf("a variable is optional: %s", line)
		}
	}
	if err := yaml.Unmarshal(filled, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestServices(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	want := []string{"migrate", "nats-1", "nats-2", "nats-3", "postgres", "serve", "worker"}
	if got := slices.Sorted(maps.Keys(c.Services)); !slices.Equal(got, want) {
		t.Fatalf("services are %q, want %q", got, want)
	}
	for name, s := range c.Services {
		for other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which does not exist", name, other)
			}
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[volume]; !ok {
				t.Errorf("%s stores data in %s, which is not a volume", name, volume)
			}
		}
		for _, config := range s.Configs {
			if c.Configs[config.Source].Content == "" {
				t.Errorf("%s uses the configuration %s, which does not exist", name, config.Source)
			}
		}
	}
	for _, name := range []string{"serve", "worker"} {
		if n := c.Services[name].Deploy.Replicas; n != 2 {
			t.Errorf("%s has %d replicas, want 2", name, n)
		}
	}
}

// Images of others have a release as tag, and the broker's release is the one that the tests embed. Digests are tested beside.
func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[a-z]+:\d+\.\d+(\.\d+)?(@|$)`)
	for name, s := range readCompose(t).Services {
		if !s.own() && !pinned.MatchString(s.Image) {
			t.Errorf("%s is %s", name, s.Image)
		}
		if release, _, _ := strings.Cut(s.Image, "@"); strings.HasPrefix(name, "nats-") {
			for _, r := range readModule(t).Require {
				if r.Mod.Path == "github.com/nats-io/nats-server/v2" && release != "nats:"+strings.TrimPrefix(r.Mod.Version, "v") {
					t.Errorf("%s is %s, and go.mod has %s", name, s.Image, r.Mod.Version)
				}
			}
		}
	}
}

func TestContainersAreConfined(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s", name, port)
			}
		}
		if s.NetworkMode != "" || s.Privileged {
			t.Errorf("%s shares the network or is privileged: %+v", name, s)
		}
		if s.own() && (!s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"})) {
			t.Errorf("%s has a writable root or capabilities: %+v", name, s)
		}
	}
}

// compose.yaml contains no password.
func TestSecretsComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secrets := regexp.MustCompile(`(?:PASSWORD:|PASSWORD|password:|token:|--auth=|//[\w-]+:|nats://)\s*['"]?([^\s'"@,;]+)`)
	found := secrets.FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		if variable := regexp.MustCompile(`^([\w-]+:)?\$\{\w+:\?\}$`); !variable.MatchString(m[1]) {
			t.Errorf("%s is a literal password", m[0])
		}
	}
	if len(found) != 13 {
		t.Errorf("found %d passwords, want 13", len(found))
	}
}

// Every user of a machine can read the command lines of its processes.
func TestNoSecretOnACommandLine(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		for _, argument := range slices.Concat(s.Command, s.Healthcheck.Test) {
			if strings.Contains(argument, secret) {
				t.Errorf("%s: a password is on the command line: %s", name, argument)
			}
		}
	}
}

func TestProgramKnowsTheCommands(t *testing.T) {
	t.Parallel()
	for name, s := range readCompose(t).Services {
		if s.own() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				requireCommand(t, s.Command, s.Environment)
			})
		}
	}
}

// With the local key, serve refuses to listen for other containers.
func TestServeNeedsAProvider(t *testing.T) {
	t.Parallel()
	environment := maps.Clone(readCompose(t).Services["serve"].Environment)
	delete(environment, "ROSTER_OIDC_ISSUER")
	if output, code := roster(t, environment, "serve"); code != 2 || !strings.Contains(output, "--oidc-issuer") {
		t.Errorf("exit %d\n%s", code, output)
	}
}

// brokerOptions returns the options of a NATS server with the service's command, whose configuration the test writes into a file.
func (c composition) brokerOptions(t *testing.T, name string) *server.Options {
	t.Helper()
	s := c.Services[name]
	if len(s.Configs) != 1 || len(s.Command) == 0 || s.Command[0] != "--config="+s.Configs[0].Target {
		t.Fatalf("%s is not configured by its file: %+v", name, s)
	}
	file := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(file, []byte(c.Configs[s.Configs[0].Source].Content), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func() { t.Errorf("%s prints and exits", name) }
	args := append([]string{"--config=" + file}, s.Command[1:]...)
	o, err := server.ConfigureOptions(flag.NewFlagSet(name, flag.ContinueOnError), args, none, none, none)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return o
}

// The NATS server accepts the brokers' flags and their file: three servers of one cluster, each with routes to all.
func TestBrokers(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	for i := 1; i <= 3; i++ {
		name := fmt.Sprint("nats-", i)
		o := c.brokerOptions(t, name)
		if o.ServerName != name || !o.JetStream || o.Authorization != secret || o.Cluster.Name != "roster" ||
			o.Cluster.Password != secret {
			t.Errorf("%s is %+v", name, o)
		}
		if !slices.Contains(c.Services[name].Volumes, name+":"+o.StoreDir) {
			t.Errorf("%s stores its streams in %s, which is not a volume", name, o.StoreDir)
		}
		var found []string
		for _, route := range o.Routes {
			found = append(found, route.Hostname())
			if password, _ := route.User.Password(); password != secret || route.Port() != fmt.Sprint(o.Cluster.Port) {
				t.Errorf("%s has the route %s", name, route)
			}
		}
		if slices.Sort(found); !slices.Equal(found, []string{"nats-1", "nats-2", "nats-3"}) {
			t.Errorf("%s is in a cluster of %q", name, found)
		}
	}
	for _, server := range strings.Split(c.Services["serve"].Environment["ROSTER_NATS_URL"], ",") {
		u, err := url.Parse(server)
		if err != nil || c.Services[u.Hostname()].Image == "" || u.User.String() != secret {
			t.Errorf("serve connects to %q: %v", server, err)
		}
	}
}

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
		{"", fmt.Sprintf(entry, 1), ""},
		{"", fmt.Sprintf(entry, 2), ""},
		{"", "DELETE FROM journal", "42501"},
		{"", "DELETE FROM courses", "42501"},
		{"", "INSERT INTO outbox (tenant_id, course_id, published, purged) VALUES ('default', 'go-101', 2, 0)", "42501"},
		{"roster_relay", "INSERT INTO outbox (tenant_id, course_id, published, purged) VALUES ('default', 'go-101', 2, 0)", ""},
		{"", "UPDATE outbox SET published = published", ""},
		{"", "UPDATE outbox SET purged = purged", "42501"},
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

// LISTEN has no privileges, and a notification names tenants and courses. So a login without a role can't connect.
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
