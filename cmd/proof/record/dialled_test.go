package record_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/roster/adapters/nats/broker"
	"example.com/roster/cmd/proof/dials"
	"example.com/roster/cmd/roster/record"
	"example.com/roster/ports/portstest"
)

// The addresses that the program dials in a whole run are those of the record's uses, and the process view shows who dials them. With
// everything inside its process, it dials nothing but the broker in serve.
func TestWholeRun(t *testing.T) {
	t.Parallel()
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("NOT RUN: it compiles most libraries again; set ROSTER_LONG=1")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	program, err := dials.Build(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("everything outside", func(t *testing.T) {
		t.Parallel()
		i := connected(t, program)
		seen := wholeRun(t, i)
		for _, difference := range compareDialled(outside(recordedUses(t)), i.addresses, seen.all()) {
			t.Error(difference)
		}
		t.Run("lies", func(t *testing.T) { requireLiesFound(t, outside(recordedUses(t)), i.addresses, seen.all()) })
		t.Run("process view", func(t *testing.T) { requireProcessView(t, i, seen) })
	})
	t.Run("everything inside", func(t *testing.T) {
		t.Parallel()
		seen, at := embeddedRun(t, newInstallation(t, program))
		for _, command := range seen.commands {
			for _, dialled := range seen.dialled[command] {
				if dialled != "tcp "+at || command != "enqueue" && command != "doctor" {
					t.Errorf("roster %s dials %s; only enqueue and doctor may, and only the broker in serve, at %s", command, dialled, at)
				}
			}
		}
		if len(seen.dialled["enqueue"]) == 0 {
			t.Error("enqueue has dialled nothing, so the record of what is dialled is not complete")
		}
	})
}

// An observation is what the processes of an installation did.
type observation struct {
	commands   []string            // in the order of their ends
	dialled    map[string][]string // by command: network and address
	goroutines map[string][]string // of serve and worker
}

func (o *observation) add(t testing.TB, p *process) {
	t.Helper()
	if o.dialled == nil {
		o.dialled = make(map[string][]string)
	}
	if !slices.Contains(o.commands, p.name) {
		o.commands = append(o.commands, p.name)
	}
	o.dialled[p.name] = slices.Compact(slices.Sorted(slices.Values(append(o.dialled[p.name], p.dialled(t)...))))
}

// all returns what any process has dialled.
func (o *observation) all() (all []string) {
	for _, command := range o.commands {
		all = append(all, o.dialled[command]...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// wholeRun runs serve and then worker, each alone, so that it does all that such a process may do, and every command that may connect to
// something.
func wholeRun(t testing.TB, i *installation) *observation {
	t.Helper()
	seen := &observation{goroutines: make(map[string][]string)}
	must := func(args ...string) {
		t.Helper()
		seen.add(t, i.must(t, args...))
	}
	must("migrate")
	must("course", "put", "go", "--title", "Go", "--capacity", "1")
	rows := writeRows(t, i)
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"worker"}} {
		p := i.start(t, append(args, "--admin-addr", "127.0.0.1:0")...)
		p.logged(t, "(serving|working)")
		must("import", rows, "--again", "--allow-rejects", "100%")
		must("enqueue", rows, "--again")
		must("repair")
		must("doctor")
		must("check")
		seen.goroutines[p.name] = p.lasting(t)
		p.stop(t)
		seen.add(t, p)
	}
	return seen
}

// embeddedRun runs serve with its own database and broker, and commands beside it. It returns the broker's address, too.
func embeddedRun(t testing.TB, i *installation) (seen *observation, at string) {
	t.Helper()
	seen = new(observation)
	serve := i.start(t, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	serve.logged(t, "(serving)")
	u, err := url.Parse(findBroker(t, filepath.Join(i.dir, "data", "nats")))
	if err != nil {
		t.Fatal(err)
	}
	rows := writeRows(t, i)
	for _, args := range [][]string{
		{"course", "put", "go", "--title", "Go", "--capacity", "1"}, {"import", rows}, {"enqueue", rows}, {"repair"}, {"doctor"},
		{"check"}, {"migrate", "--status"}, {"token", "--subject", "me", "--role", "staff"},
	} {
		seen.add(t, i.must(t, args...))
	}
	serve.stop(t)
	seen.add(t, serve)
	return seen, u.Host
}

func findBroker(t testing.TB, dir string) (address string) {
	t.Helper()
	portstest.Eventually(t, "serve has a broker", func() bool {
		var err error
		address, err = broker.Find(dir)
		return err == nil
	})
	return address
}

func writeRows(t testing.TB, i *installation) (file string) {
	t.Helper()
	file = filepath.Join(i.dir, "rows.csv")
	if err := os.WriteFile(file, []byte("course_id,learner_id\ngo,ada\ngo,bob\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// recordedUses returns the uses of the record.
func recordedUses(t testing.TB) []record.Use {
	t.Helper()
	return []record.Use{
		{Name: "postgresql", External: true, Flag: "--database-url"},
		{Name: "nats", External: true, Flag: "--nats-url"},
		{Name: "identity-provider", External: true, Flag: "--oidc-issuer"},
		{Name: "trace-collector", External: true, Flag: "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{Name: "name-server", External: true},
	}
}

// outside returns the uses of another process.
func outside(uses []record.Use) []record.Use {
	return slices.DeleteFunc(slices.Clone(uses), func(u record.Use) bool { return !u.External })
}

// compareDialled returns how what was dialled, as network and address, differs from the uses of the record. The addresses are those that the
// program was given.
func compareDialled(uses []record.Use, addresses []address, dialled []string) (differences []string) {
	has := func(a address) bool {
		return slices.ContainsFunc(dialled, func(d string) bool { return strings.HasSuffix(d, " "+a.at) })
	}
	for _, d := range dialled {
		_, at, _ := strings.Cut(d, " ")
		i := slices.IndexFunc(addresses, func(a address) bool { return a.at == at })
		if i < 0 {
			differences = append(differences, fmt.Sprintf("%s was dialled, which no flag names", d))
			continue
		}
		if a := addresses[i]; !slices.ContainsFunc(uses, func(u record.Use) bool { return u.Name == a.use }) {
			differences = append(differences, fmt.Sprintf("%s was dialled, which is of %s, and the record has no such use", d, a.use))
		}
	}
	for _, a := range addresses {
		if !has(a) {
			differences = append(differences, fmt.Sprintf("%s of %s names %s, which was never dialled", a.flag, a.use, a.at))
		}
	}
	for _, u := range uses {
		if !slices.ContainsFunc(addresses, func(a address) bool { return a.use == u.Name && a.flag == u.Flag && has(a) }) {
			differences = append(differences, fmt.Sprintf("the record has the use %s of %q, which was never dialled", u.Name, u.Flag))
		}
	}
	return differences
}

// requireLiesFound requires that a wrong record and a wrong observation are reported.
func requireLiesFound(t *testing.T, uses []record.Use, addresses []address, dialled []string) {
	t.Helper()
	for name, c := range map[string]struct {
		uses    []record.Use
		dialled []string
		want    string
	}{
		"a use is missing in the record": {uses[1:], dialled, "of " + uses[0].Name + ", and the record has no such use"},
		"a use that nothing dials":       {append(slices.Clone(uses), record.Use{Name: "mail", Flag: "--mail-url"}), dialled, "the use mail"},
		"another flag":                   {append([]record.Use{{Name: uses[0].Name, Flag: "--other"}}, uses[1:]...), dialled, `of "--other"`},
		"an address of no use":           {uses, append(slices.Clone(dialled), "udp 127.0.0.2:53"), "udp 127.0.0.2:53 was dialled, which no flag"},
		"a dial that was not recorded":   {uses, dialled[1:], "never dialled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := strings.Join(compareDialled(c.uses, addresses, c.dialled), "\n"); !strings.Contains(found, c.want) {
				t.Errorf("reported %q, want %q", found, c.want)
			}
		})
	}
}
