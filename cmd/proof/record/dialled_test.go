package record_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
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
	if runtime.GOOS == "windows" {
		t.Skip("NOT RUN: it stops the program with an interrupt, which Windows does not have")
	}
	root, err := filepath.Abs(root)
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
		t.Run("the record", func(t *testing.T) { requireAgreement(t, i.addresses, seen.all()) })
		view := newProcessView(t, seen, i.addresses)
		t.Run("the process view", func(t *testing.T) { requireProcessView(t, view) })
		t.Run("who connects", func(t *testing.T) {
			catches(t, func(r record.Record) []string { return compareConnections(r, view.dialled) },
				lie{"a process too many", func(r *record.Record) {
					find(r.Uses, func(u record.Use) bool { return u.Name == "postgresql-owner" }).By = []string{"worker", "command-line"}
				}, "connection of worker to postgresql-owner is in the record"},
				lie{"a process missing", func(r *record.Record) { r.Uses[0].By = r.Uses[0].By[1:] }, "is in the running system"},
			)
		})
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

// compareConnections compares which processes connect to the external uses with what each command has dialled.
func compareConnections(r record.Record, dialled map[string][]string) []string {
	var recorded, observed []string
	for _, u := range r.Uses {
		for _, by := range u.By {
			if u.External {
				recorded = append(recorded, by+" to "+u.Name)
			}
		}
	}
	for command, uses := range dialled {
		if command != "serve" && command != "worker" {
			command = "command-line"
		}
		for _, use := range uses {
			observed = append(observed, command+" to "+use)
		}
	}
	slices.Sort(observed)
	return differences("connection of", recorded, slices.Compact(observed))
}

// A behavior is what the processes of an installation did.
type behavior struct {
	commands   []string            // in the order of their ends
	dialled    map[string][]string // by command: network and address
	goroutines map[string][]string // of serve and worker
}

func (o *behavior) add(t testing.TB, p *process) {
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
func (o *behavior) all() (all []string) {
	for _, command := range o.commands {
		all = append(all, o.dialled[command]...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// wholeRun runs serve and then worker, each alone, so that it does all that such a process may do, and every command that may connect to
// something.
func wholeRun(t testing.TB, i *installation) *behavior {
	t.Helper()
	seen := &behavior{goroutines: make(map[string][]string)}
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
func embeddedRun(t testing.TB, i *installation) (seen *behavior, at string) {
	t.Helper()
	seen = new(behavior)
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

// compareDialled returns how what was dialled, as network and address, differs from the uses of the record. The addresses are those that the
// program was given.
func compareDialled(r record.Record, addresses []address, dialled []string) (report []string) {
	uses := slices.DeleteFunc(slices.Clone(r.Uses), func(u record.Use) bool { return !u.External })
	for _, d := range dialled {
		_, at, _ := strings.Cut(d, " ")
		i := slices.IndexFunc(addresses, func(a address) bool { return a.at == at })
		if i < 0 {
			report = append(report, d+" was dialled, and no flag names it")
		} else if a := addresses[i]; !slices.ContainsFunc(uses, func(u record.Use) bool { return u.Name == a.use && u.Flag == a.flag }) {
			report = append(report, fmt.Sprintf("%s was dialled, which %s names, and the record has no such use %s", d, a.flag, a.use))
		}
	}
	for _, u := range uses {
		if !slices.ContainsFunc(addresses, func(a address) bool {
			return a.use == u.Name && a.flag == u.Flag && slices.ContainsFunc(dialled, func(d string) bool { return strings.HasSuffix(d, " "+a.at) })
		}) {
			report = append(report, fmt.Sprintf("the record has the use %s (%s), and nothing of it was dialled", u.Name, u.Flag))
		}
	}
	return report
}

// requireAgreement requires that the record's uses are what was dialled, and that each difference would be reported.
func requireAgreement(t *testing.T, addresses []address, dialled []string) {
	t.Helper()
	catches(t, func(r record.Record) []string { return compareDialled(r, addresses, dialled) },
		lie{"a use is missing", func(r *record.Record) {
			r.Uses = slices.DeleteFunc(r.Uses, func(u record.Use) bool { return u.Flag == "--nats-url" })
		}, "which --nats-url names, and the record has no such use nats"},
		lie{"a use that nothing dials", func(r *record.Record) {
			r.Uses = append(r.Uses, record.Use{Name: "mail", Flag: "--mail-url", External: true})
		}, "the use mail (--mail-url), and nothing of it was dialled"},
		lie{"another flag", func(r *record.Record) {
			for i := range r.Uses {
				r.Uses[i].Flag = strings.Replace(r.Uses[i].Flag, "--oidc-issuer", "--issuer", 1)
			}
		}, "the use identity-provider (--issuer), and nothing of it was dialled"},
	)
	for changed, want := range map[string]struct {
		dialled []string
		report  string
	}{
		"an address of no use":        {append(slices.Clone(dialled), "udp 127.0.0.2:53"), "udp 127.0.0.2:53 was dialled, and no flag names it"},
		"a dial that is not recorded": {dialled[1:], "and nothing of it was dialled"},
	} {
		t.Run(changed, func(t *testing.T) {
			t.Parallel()
			if report := strings.Join(compareDialled(theRecord(t), addresses, want.dialled), "\n"); !strings.Contains(report, want.report) {
				t.Errorf("reported %q, want %q", report, want.report)
			}
		})
	}
}
