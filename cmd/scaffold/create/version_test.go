package create

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"example.com/roster/cmd/scaffold/merge"
)

// Run by its version, the program makes the service from the source that Go downloaded. That has no repository, no executable bits
// and no nested modules.
func TestByVersion(t *testing.T) {
	if os.Getenv("ROSTER_LONG") == "" {
		t.Skip("it compiles the program again: set ROSTER_LONG=1")
	}
	t.Parallel()
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	proxy := "file://" + filepath.ToSlash(publish(t, "v1.2.3"))
	work, dir := t.TempDir(), filepath.Join(t.TempDir(), "made")
	command := exec.Command("go", "run", templateModule+"/cmd/scaffold@v1.2.3", "new", "example.com/acme/made", dir)
	command.Dir = work
	command.Env = append(os.Environ(), "GOWORK=off", "GOSUMDB=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+filepath.Join(work, "cache"),
		"GOPROXY="+proxy+",file://"+filepath.ToSlash(filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for name, want := range map[string]string{
		"go.mod": "module example.com/acme/made\n", merge.RecordFile: `"version": "v1.2.3"`, ".github/workflows/ci.yml": "name: ci", "LICENSE": "MIT",
	} {
		if text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, without %q", name, err, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, ".ci", "run")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf(".ci/run is not executable: %v, %v", info, err)
	}
	if log, err := in(dir).Run("git", "log", "--oneline"); err != nil || strings.Count(log, "\n") != 1 {
		t.Errorf("commits: %s, %v", log, err)
	}
}

// publish writes the module in the format of a module proxy, and returns the folder.
func publish(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	versions := filepath.Join(dir, filepath.FromSlash(templateModule), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": version + "\n", version + ".info": `{"Version":"` + version + `"}`, version + ".mod": string(mod),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if err := zip.CreateFromDir(packed, module.Version{Path: templateModule, Version: version}, "../../.."); err != nil {
		t.Fatal(err)
	}
	return dir
}
