package create

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder is in a repository unless that ignores it, and a workspace above it is found, both before the folder exists.
func TestPlace(t *testing.T) {
	t.Parallel()
	alone := t.TempDir()
	if p := placeOf(filepath.Join(alone, "not", "there")); p != (place{}) {
		t.Errorf("%+v, want nothing", p)
	}
	mono := monorepo(t)
	for folder, want := range map[string]place{
		"services/booking": {mono, filepath.Join(mono, "go.work")},
		"out":              {"", filepath.Join(mono, "go.work")},
		"out/booking":      {"", filepath.Join(mono, "go.work")},
	} {
		if p := placeOf(filepath.Join(mono, filepath.FromSlash(folder))); p != want {
			t.Errorf("%s: %+v, want %+v", folder, p, want)
		}
	}
}

// monorepo returns a repository that ignores out, with a workspace of one module.
func monorepo(t *testing.T) string {
	t.Helper()
	mono, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		".gitignore": "/out/\n", "go.work": "go 1.26\n\nuse ./lib\n", "lib/go.mod": "module example.com/mono/lib\n\ngo 1.26\n", "lib/lib.go": "package lib\n",
	} {
		file := filepath.Join(mono, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := commit(mono, "Begin"); err != nil {
		t.Fatal(err)
	}
	return mono
}

func TestNextSteps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		place
		own        bool
		want, none string
	}{
		{place{}, true, "\nNext:\n\n  cd /x\n  make run\n", "repository"},
		{place{repository: "/mono"}, false, "\nIt is in the repository /mono, and has none of its own. Commit it there.\nGitHub runs only workflows of the root: copy ", "go work"},
		{place{repository: "/mono"}, true, "\nNext:", "/mono"},
		{place{workspace: "/mono/go.work"}, true, "  cd /x\n  go work use .        # because of /mono/go.work\n  make run\n", "repository"},
	} {
		var out strings.Builder
		if c.printNextSteps(&out, "/x", c.own); !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), c.none) {
			t.Errorf("%+v prints %q, want %q, and no %q", c, out.String(), c.want, c.none)
		}
	}
}

// Without a network, the modules that go mod download brings are enough.
func TestServiceWithoutANetwork(t *testing.T) {
	if os.Getenv("ROSTER_MATRIX") == "" {
		t.Skip("it takes a minute and 800 MB: set ROSTER_MATRIX=1, or run make scaffold-matrix")
	}
	cache, err := in(".").Ask("go", "env", "GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(cache)+"/cache/download")
	if _, err := in("../../..").Run("go", "mod", "download"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", "off")
	var out strings.Builder
	c := New{Module: "example.com/acme/diary", Dir: filepath.Join(t.TempDir(), "diary"), Bare: true, Usecase: "page"}
	if err := c.createFrom(readTemplate(t), "v1.2.3", &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "go mod tidy failed, so run it with a network") {
		t.Errorf("new does not say that go.mod is not tidy\n%s", out.String())
	}
	if _, err := in(c.Dir).Run("go", "vet", "./domain", "./ports", "./application", "./adapters/httpapi"); err != nil {
		t.Error(err)
	}
}
