package contract_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/roster/cmd/proof/contract"
)

var update = flag.Bool("update", false, "write the current API as the promise to embedders")

// After an addition, or to break a promise in a commit that says why:
//
//	go test ./cmd/proof/contract -run TestEmbedders -update
func TestEmbeddersKeepWhatIsPromised(t *testing.T) {
	t.Parallel()
	const promise = "testdata/exported.txt"
	now, err := contract.Exported("example.com/roster", os.DirFS("../../.."), contract.Embedded...)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(promise, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	promised := bytes.ReplaceAll(file(t, promise), []byte("\r\n"), []byte("\n"))
	for _, line := range contract.Breaks(strings.Split(strings.TrimSuffix(string(promised), "\n"), "\n"), now) {
		t.Errorf("removed, changed, or one more method to implement: %s", line)
	}
}

func TestBreaksForEmbeddersAreReported(t *testing.T) {
	t.Parallel()
	const before = `package p
		import "context"
		const Max = 3
		var ErrNo error
		type ID string
		func (ID) Check() error { return nil }
		type Store interface { Load(ctx context.Context, id ID) error; sealed() }
		type Course struct { Title string; seats int }
		func New(s Store, options ...func(*Course)) *Course { return nil }
		func (c *Course) Seats() int { return c.seats }
		func hidden() {}`
	offers := func(source string) []string {
		lines, err := contract.Exported("example.com/m", fstest.MapFS{"p/p.go": {Data: []byte(source)}}, "p")
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	promised := offers(before)
	for name, c := range map[string]struct{ old, new, want string }{
		"a constant of another value":   {"Max = 3", "Max = 4", "p: const Max untyped int = 3"},
		"a variable removed":            {"var ErrNo error", "", "p: var ErrNo error"},
		"a type of another kind":        {"type ID string", "type ID int", "p: type ID string"},
		"a method removed":              {"func (ID) Check() error { return nil }", "", "p: method (ID) Check() error"},
		"a method of the pointer alone": {"func (ID) Check", "func (*ID) Check", "p: method (ID) Check() error"},
		"one more method to implement": {
			"sealed()", "sealed(); Close()", "p: type Store interface, Close()",
		},
		"a field renamed":     {"Title string", "Name string", "p: type Course struct, Title string"},
		"a parameter more":    {"s Store,", "s Store, n int,", "p: func New(p.Store, ...func(*p.Course)) *p.Course"},
		"a parameter renamed": {"(s Store,", "(store Store,", ""},
		"a field added":       {"seats int", "seats int; Open bool", ""},
		"a function added":    {"func hidden() {}", "func Hidden() {}", ""},
		"an unexported field": {"seats int }", "seats int; waiting []string }", ""},
	} {
		changed := strings.Replace(before, c.old, c.new, 1)
		if changed == before {
			t.Fatalf("%s: the edit changes nothing", name)
		}
		breaks := contract.Breaks(promised, offers(changed))
		if got := strings.Join(breaks, "\n"); got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s: breaks %q, want %q", name, got, c.want)
		}
	}
}
