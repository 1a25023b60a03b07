package impact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/roster/cmd/learn/patch"
)

const module = "example.com/roster/"

// A suite is the tests of a package, or those of them that run names.
type suite struct{ dir, run string }

// suites are the tests that an author runs after a change, in the order in which they run: the fast and the near ones first. They need
// no server of PostgreSQL and no program of roster. The broker of adapters/nats runs inside of its tests.
var suites = map[string][]suite{
	"naive": {{"cmd/bench/naive", ""}},
	"roster": {
		{"domain", ""},
		{"application", ""},
		{"application/servicetest", ""},
		{"adapters/memstore", ""},
		{"adapters/sqlite", ""},
		{"adapters/internal/sqlstore", "^(TestConformance|TestErasure|TestMaintenance)$/^sqlite$"},
		{"adapters/cli", ""},
		{"adapters/worker", ""},
		{"adapters/importer", ""},
		{"adapters/cache", ""},
		{"adapters/observe", ""},
		{"adapters/httpapi", ""},
		{"adapters/nats", "^Test(AsyncAPI|Bodies|BusInProcess|MisspelledFields|OldConsumers|Read|Replies|Schemas|Text)"},
		{"cmd/proof/contract", ""},
		{"cmd/example/browser/entry", ""},
	},
}

// architecture is the test that checks the imports of each package.
var architecture = suite{"cmd/proof/arch", "^TestArchitecture$"}

// An outcome is the result of go test.
type outcome struct {
	ran      int    // tests, without subtests
	failed   string // the first test that failed, with its package
	compiles bool
	output   string // of what failed
	seconds  float64
}

func (o outcome) ok() bool { return o.compiles && o.failed == "" }

// test runs the suite in the tree.
func (t tree) test(ctx context.Context, s suite) (outcome, error) {
	begin := time.Now()
	arguments := []string{"test", "-json", "-count=1", "-vet=off", "-ldflags=-w"}
	if s.run != "" {
		arguments = append(arguments, "-run", s.run)
	}
	text, err := t.command(ctx, append(arguments, "./"+s.dir)...)
	o := outcome{compiles: true, seconds: time.Since(begin).Seconds()}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return o, err
	}
	o.read(text)
	switch {
	case err != nil && o.ok():
		return o, fmt.Errorf("go test ./%s: %w\n%s", s.dir, err, text)
	case err == nil && o.ran == 0:
		return o, fmt.Errorf("go test ./%s ran no test:\n%s", s.dir, text)
	}
	return o, nil
}

// read reads the output of go test -json, in which the go command also says things without JSON, such as what it downloads.
func (o *outcome) read(text []byte) {
	output := make(map[string]string) // by test
	var rest []byte
	for line := range bytes.Lines(text) {
		var e struct{ Action, Package, ImportPath, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			rest = append(rest, line...)
			continue
		}
		output[e.Test] += e.Output
		switch {
		case e.Action == "build-output":
			o.output += e.Output
		case e.Action == "build-fail":
			o.compiles = false
		case e.Action == "fail" && o.failed == "" && o.compiles:
			o.failed = strings.TrimPrefix(e.Package, module)
			if e.Test != "" {
				o.failed = path.Base(e.Package) + "." + e.Test
			}
			o.output = output[e.Test]
		}
		if (e.Action == "pass" || e.Action == "fail") && e.Test != "" && !strings.Contains(e.Test, "/") {
			o.ran++
		}
	}
	if !o.ok() {
		o.output += string(rest)
	}
}

func (t tree) command(ctx context.Context, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = t.dir
	command.Env = append(os.Environ(), "GOWORK=off")
	return command.CombinedOutput()
}

// suitesWith returns the suites of a service, with those of the packages that the patch creates.
func suitesWith(service string, p patch.Patch) []suite {
	all := slices.Clone(suites[service])
	for _, f := range p.Files {
		own := suite{dir: path.Dir(f.Name)}
		isKnown := slices.ContainsFunc(all, func(s suite) bool { return s.dir == own.dir })
		if f.Created && strings.HasSuffix(f.Name, "_test.go") && !isKnown {
			all = slices.Insert(all, 0, own)
		}
	}
	return all
}

// dependents returns those suites whose packages depend on a folder that the patch changes.
func (t tree) dependents(ctx context.Context, all []suite, p patch.Patch) ([]suite, error) {
	changed := make(map[string]bool)
	for _, f := range p.Files {
		changed[module+t.packageOf(path.Dir(f.Name))] = true
	}
	arguments := []string{"list", "-e", "-test", "-f", "{{.ImportPath}} {{join .Deps \" \"}}"}
	for _, s := range all {
		arguments = append(arguments, "./"+s.dir)
	}
	text, err := t.command(ctx, arguments...)
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, text)
	}
	touched := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		names := strings.Fields(line)
		if len(names) > 0 && slices.ContainsFunc(names, func(name string) bool { return changed[name] }) {
			touched[strings.TrimSuffix(strings.TrimSuffix(names[0], ".test"), "_test")] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s suite) bool { return !touched[module+s.dir] }), nil
}

// packageOf returns the nearest folder above that has Go code: a schema belongs to the package that contains it.
func (t tree) packageOf(dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if files, err := filepath.Glob(filepath.Join(t.path(dir), "*.go")); err == nil && len(files) > 0 {
			return dir
		}
	}
	return dir
}
