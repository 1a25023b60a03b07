package record_test

import (
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/roster/cmd/proof/programs"
	"example.com/roster/cmd/roster/record"
)

// buildProgram builds the program, once: a test does not know the modules that the program is linked from.
func buildProgram(t *testing.T) (program string) {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var built = sync.OnceValues(func() (string, error) {
	program := filepath.Join(programDir, "program")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./cmd/roster")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return program, nil
})

// compareModules compares the record with what the linker wrote into the program.
func compareModules(r record.Record, linked []*debug.Module) []string {
	var recorded, observed, unlicensed []string
	for _, m := range r.Modules {
		if m.Type == "golang" {
			recorded = append(recorded, m.Path+"@"+m.Version)
		}
		if m.Licence == record.NoAssertion || m.Licence == "" {
			unlicensed = append(unlicensed, m.Path+" has no licence in the record: run make generate")
		}
	}
	for _, m := range linked {
		observed = append(observed, m.Path+"@"+m.Version)
	}
	return append(differences("module", recorded, observed), unlicensed...)
}

func TestModules(t *testing.T) {
	t.Parallel()
	program := buildProgram(t)
	text, err := exec.CommandContext(t.Context(), program, "describe", "--format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil || len(info.Deps) == 0 {
		t.Fatalf("the program has %d modules: %v", len(info.Deps), err)
	}
	read := func() (r record.Record) {
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, difference := range compareModules(read(), info.Deps) {
		t.Error(difference)
	}
	for _, l := range []lie{
		{"a module more", func(r *record.Record) {
			r.Modules = append(r.Modules, record.Module{Type: "golang", Path: "example.com/x", Licence: "MIT"})
		}, "module example.com/x@ is in the record"},
		{"a module less", func(r *record.Record) { r.Modules = r.Modules[:len(r.Modules)-1] }, "is in the running system"},
		{"another version", func(r *record.Record) { r.Modules[len(r.Modules)-1].Version = "v0.0.1" }, "@v0.0.1 is in the record"},
		{"no licence", func(r *record.Record) { r.Modules[0].Licence = record.NoAssertion }, "has no licence in the record"},
	} {
		r := read()
		l.tell(&r)
		report := compareModules(r, info.Deps)
		if !slices.ContainsFunc(report, func(line string) bool { return strings.Contains(line, l.want) }) {
			t.Errorf("%s: reported %q, want %q", l.name, report, l.want)
		}
	}
}

// The list of licences has each module that the program is linked from on one of the platforms, and no other.
func TestLicencesOfAllPlatforms(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "cmd", "roster", "app", "licences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var listed, linked []string
	for line := range strings.Lines(string(text)) {
		if module, licence, ok := strings.Cut(line, " "); ok && licence != "" && module != "#" {
			listed = append(listed, module)
		}
	}
	for _, platform := range programs.Platforms {
		linked = append(linked, goList(t, platform, "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/roster")...)
	}
	slices.Sort(linked)
	linked = slices.Compact(linked)
	for _, difference := range differences("licence of", listed, linked) {
		t.Error(difference + ": run make generate")
	}
	if len(differences("", listed[1:], linked)) != 1 || len(differences("", append(listed, "example.com/x"), linked)) != 1 {
		t.Error("a licence less or more is not reported")
	}
}

// The files of a library that is not compiled are of the version that the record has: the package says it in its code.
func TestFilesOfALibrary(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(root, "adapters", "httpapi", "docs", "swagger-ui-bundle.js.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	catches(t, func(r record.Record) (report []string) {
		for _, m := range r.Modules {
			if m.Type == "npm" && !strings.Contains(string(text), `PACKAGE_VERSION:"`+m.Version+`"`) {
				report = append(report, m.Path+" has not the version "+m.Version)
			}
		}
		return report
	}, lie{"another version", func(r *record.Record) { r.Modules[0].Version = "5.34.9" }, "swagger-ui-dist has not the version 5.34.9"})
}

// goList returns the different lines that go list prints for a platform, in order.
func goList(t *testing.T, platform string, args ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	system, processor, _ := strings.Cut(platform, "/")
	command.Dir, command.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	lines := strings.Fields(string(output))
	slices.Sort(lines)
	return slices.Compact(lines)
}
