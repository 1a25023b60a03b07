package container

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"

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
	secrets := regexp.MustCompile(`(?:PASSWORD:|PASSWORD|--auth=|//[\w-]+:|nats://)\s*['"]?([^\s'"@,;]+)`)
	found := secrets.FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		if variable := regexp.MustCompile(`^([\w-]+:)?\$\{\w+:\?\}$`); !variable.MatchString(m[1]) {
			t.Errorf("%s is a literal password", m[0])
		}
	}
	if len(found) < 20 {
		t.Errorf("found only %d passwords", len(found))
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

// The NATS server accepts the brokers' flags: three servers of one cluster, each with routes to the two others.
func TestBrokers(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	for i := 1; i <= 3; i++ {
		name := fmt.Sprint("nats-", i)
		flags := flag.NewFlagSet(name, flag.ContinueOnError)
		none := func() { t.Errorf("%s prints and exits", name) }
		o, err := server.ConfigureOptions(flags, c.Services[name].Command, none, none, none)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if o.ServerName != name || !o.JetStream || o.Authorization != secret || o.Cluster.Name != "roster" ||
			o.Cluster.Password != secret {
			t.Errorf("%s is %+v", name, o)
		}
		if !slices.Contains(c.Services[name].Volumes, name+":"+o.StoreDir) {
			t.Errorf("%s stores its streams in %s, which is not a volume", name, o.StoreDir)
		}
		found := []string{name}
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

// The script creates the database's users on a test server. Each can do what it needs and no more: the owner migrates, and the service
// serves.
func TestDatabaseUsers(t *testing.T) {
	t.Parallel()
	c := readCompose(t)
	superuser, err := url.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	database := "roster_test_compose_" + strings.ToLower(rand.Text()[:8])
	own := strings.NewReplacer("roster_owner", database+"_owner", "roster_app", database+"_app",
		"DATABASE roster ", "DATABASE "+database+" ")
	drop := []string{
		"DROP DATABASE IF EXISTS " + database + " WITH (FORCE)",
		"DROP USER IF EXISTS " + database + "_owner", "DROP USER IF EXISTS " + database + "_app",
	}
	execute(t, superuser.String(), append(drop, "CREATE DATABASE "+database)...)
	t.Cleanup(func() { execute(t, superuser.String(), drop...) })
	execute(t, at(superuser, database), strings.Split(own.Replace(c.Configs["users"].Content), ";\n")...)

	as := func(name string) map[string]string {
		u, err := url.Parse(own.Replace(c.Services[name].Environment["ROSTER_DATABASE_URL"]))
		if err != nil || u.Path != "/roster" {
			t.Fatalf("%s: %v, %v", name, u, err)
		}
		u.Host, u.Path = superuser.Host, "/"+database
		return map[string]string{"ROSTER_DATABASE_URL": u.String()}
	}
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
		if output, code := roster(t, as(run.service), run.args...); code != run.code {
			t.Fatalf("%s: %q: exit %d, want %d\n%s", run.service, run.args, code, run.code, output)
		}
	}
	for _, role := range []string{"roster_serve", "roster_upkeep", "roster_relay"} { // expiry and relay need their roles
		execute(t, superuser.String(), fmt.Sprintf("DO $$ BEGIN ASSERT pg_has_role('%s_app', '%s', 'member'); END $$", database, role))
	}
}

func at(server *url.URL, database string) string {
	u := *server
	u.Path = "/" + database
	return u.String()
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
