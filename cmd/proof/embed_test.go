package proof_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Another module can embed the core: its test passes.
func TestEmbedding(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.org/embedder\n\ngo 1.26\n\nrequire example.com/roster v0.0.0\n\nreplace example.com/roster => " + repo + "\n",
		"embed_test.go": `package embedder

import (
	"testing"

	"example.com/roster/adapters/memstore"
	"example.com/roster/application"
	"example.com/roster/application/servicetest"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

func TestLastSeat(t *testing.T) {
	staff := ports.Actor{Tenant: "default", Subject: "me", Role: ports.Staff}
	roster := application.New(memstore.New())
	roster.PutCourse(t.Context(), staff, "go-101", domain.Settings{Title: new("Go"), Capacity: new(1)})
	roster.Enroll(t.Context(), staff, "go-101", "ada")
	bob, err := roster.Enroll(t.Context(), staff, "go-101", "bob")
	if err != nil || bob.Position != 1 {
		t.Fatal(bob, err)
	}
}

func TestLastSeatWithTheKit(t *testing.T) {
	roster := servicetest.New(t)
	roster.Given("put capacity=1; enroll ada")
	if bob := roster.Given("enroll bob")[0]; bob.Position != 1 {
		t.Error(bob)
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := run("test", "./..."); !strings.Contains(out, "ok") {
		t.Errorf("no test was run:\n%s", out)
	}
	run("mod", "vendor")
	if out := run("test", "-mod=vendor", "./..."); !strings.Contains(out, "ok") {
		t.Errorf("vendored, no test was run:\n%s", out)
	}
	if others, err := filepath.Glob(filepath.Join(dir, "vendor", "*.*")); err != nil || len(others) != 2 { // this module, and modules.txt
		t.Errorf("vendored: %v, %v", others, err)
	}
}

// The document for embedders names the oldest Go that go.mod allows.
func TestEmbeddersKnowTheVersionOfGo(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if m == nil || !strings.Contains(string(document), "\nGo "+string(m[1])+" or newer") {
		t.Errorf("docs/embedding.md does not say Go %s", m)
	}
}

// The core, the store in memory and the test kit depend only on the standard library and this module.
func TestCoreDependsOnNothing(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}",
		"example.com/roster/application/servicetest").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "example.com/roster/domain example.com/roster/ports example.com/roster/adapters/internal/renames example.com/roster/adapters/memstore example.com/roster/application" +
		" example.com/roster/domain/domaintest example.com/roster/application/servicetest"
	if got := strings.Join(strings.Fields(string(out)), " "); got != want {
		t.Errorf("the core depends on\n%s\nwant\n%s", got, want)
	}
}
