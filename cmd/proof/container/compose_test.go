package container

import (
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

	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"
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
