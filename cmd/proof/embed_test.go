package proof_test

import (
	"os"
	"os/exec"
	"path/filepath"
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
	cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
		t.Errorf("%v\n%s", err, out)
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
	want := "example.com/roster/domain example.com/roster/ports example.com/roster/adapters/memstore example.com/roster/application" +
		" example.com/roster/domain/domaintest example.com/roster/application/servicetest"
	if got := strings.Join(strings.Fields(string(out)), " "); got != want {
		t.Errorf("the core depends on\n%s\nwant\n%s", got, want)
	}
}
