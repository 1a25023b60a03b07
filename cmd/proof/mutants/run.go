package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/roster/cmd/proof/group"
	"example.com/roster/cmd/proof/overlay"
)

// building are packages whose tests build the program instead of importing it. They get the mutant through GOFLAGS, and come last.
var building = []string{"cmd/proof/docs"}

// A runner tests mutants.
type runner struct {
	options
	ctx     context.Context
	scratch string
	tests   []testPackage
	out     *results
	failure error // of a mutant that could not be tested

	mu    sync.Mutex
	green map[string]func() bool // whether the tests of a folder pass without a mutant
}

// A testPackage is a folder with tests.
type testPackage struct {
	folder         string
	imports, links map[string]bool // folders: of its own imports, and of all packages in its test binary
}

func newRunner(ctx context.Context, o options, out *results) (*runner, error) {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return nil, err
	}
	o.root = root
	r := &runner{options: o, ctx: ctx, out: out, green: make(map[string]func() bool)}
	if r.tests, err = r.listTests(); err != nil {
		return nil, err
	}
	r.scratch, err = os.MkdirTemp("", "mutants-")
	return r, err
}

func (r *runner) close() { _ = os.RemoveAll(r.scratch) }

// listTests returns the packages that have tests.
func (r *runner) listTests() ([]testPackage, error) {
	list := exec.CommandContext(r.ctx, "go", "list", "-test", "-json=ImportPath,Dir,Deps,Imports,TestImports,XTestImports,Module", "./...")
	list.Dir = r.root
	var stderr strings.Builder
	list.Stderr = &stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	type listed struct {
		ImportPath, Dir                          string
		Deps, Imports, TestImports, XTestImports []string
		Module                                   struct{ Path string }
	}
	packages := make(map[string]listed)
	var binaries []listed
	for d := json.NewDecoder(strings.NewReader(string(output))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		if packages[p.ImportPath] = p; strings.HasSuffix(p.ImportPath, ".test") {
			binaries = append(binaries, p)
		}
	}
	var tests []testPackage
	for _, b := range binaries {
		p := packages[strings.TrimSuffix(b.ImportPath, ".test")]
		folders := func(imports []string) map[string]bool {
			set := make(map[string]bool)
			for _, imported := range imports {
				imported, _, _ = strings.Cut(imported, " ") // a variant for a test has its name behind
				if folder, ok := strings.CutPrefix(imported, p.Module.Path+"/"); ok {
					set[folder] = true
				}
			}
			return set
		}
		t := testPackage{folder: strings.TrimPrefix(p.ImportPath, p.Module.Path+"/"), links: folders(b.Deps)}
		t.imports = folders(slices.Concat(p.Imports, p.TestImports, p.XTestImports))
		tests = append(tests, t)
	}
	return tests, nil
}

// order returns the folders whose tests can notice a change in a folder: its own and, unless -own is set, those that import it, those
// that link it, and those that build the program. Of each kind, the ones that link less come first: they are faster.
func (r *runner) order(folder string) []string {
	rank := func(t testPackage) int {
		switch {
		case t.folder == folder:
			return 0
		case r.own:
			return -1
		case t.imports[folder]:
			return 1
		case t.links[folder]:
			return 2
		case slices.Contains(building, t.folder):
			return 3
		}
		return -1
	}
	tests := slices.Clone(r.tests)
	slices.SortStableFunc(tests, func(a, b testPackage) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return len(a.links) - len(b.links)
	})
	var folders []string
	for _, t := range tests {
		if rank(t) >= 0 {
			folders = append(folders, t.folder)
		}
	}
	return folders
}

// runDraw tests the first mutants of each area that compile, in the order of the draw, one area after another in turn.
func (r *runner) runDraw(areas [][]mutant) {
	var mu sync.Mutex
	next := func(area int) (m mutant, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if ok = len(areas[area]) > 0; ok {
			m, areas[area] = areas[area][0], areas[area][1:]
		}
		return m, ok
	}
	for _, area := range areas {
		draw(area, r.seed)
	}
	r.each(r.number, func(i int, scratch string) {
		for {
			m, ok := next(i % len(areas))
			if !ok || r.one(m, scratch) {
				return
			}
		}
	})
}

// runList tests the mutants with these ids.
func (r *runner) runList(areas [][]mutant, wanted []string) {
	byID := make(map[string]mutant)
	for _, m := range slices.Concat(areas...) {
		byID[m.id] = m
	}
	r.each(len(wanted), func(i int, scratch string) {
		id, _, _ := strings.Cut(wanted[i], "\t")
		if m, ok := byID[id]; ok {
			r.one(m, scratch)
		} else if r.out.known[id] == "" {
			r.out.add(wanted[i], absent)
		}
	})
}

// each calls do for each number below n, in parallel, with a folder that no other call uses meanwhile.
func (r *runner) each(n int, do func(i int, scratch string)) {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for w := range r.parallel {
		workers.Go(func() {
			for i := range numbers {
				do(i, filepath.Join(r.scratch, fmt.Sprint(w)))
			}
		})
	}
	for i := 0; i < n && r.ctx.Err() == nil; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
}

// one tests a mutant, and reports whether it counts: one that does not compile does not.
func (r *runner) one(m mutant, scratch string) bool {
	if known, ok := r.out.known[m.id]; ok {
		return known != notCompiled
	}
	result, err := r.test(m, scratch)
	if r.ctx.Err() != nil {
		return true
	}
	if err != nil {
		r.out.fail(func() { r.failure = errors.Join(r.failure, fmt.Errorf("%s: %w", m, err)) })
		return true
	}
	r.out.add(m.String(), result)
	return result != notCompiled
}

var compileError = regexp.MustCompile(`(?m)^\S+\.go:\d+`)

// test returns which tests catch a mutant. Its overlay is in the folder scratch.
func (r *runner) test(m mutant, scratch string) (string, error) {
	file := filepath.Join(r.root, filepath.FromSlash(m.file))
	text, err := os.ReadFile(file)
	if err := errors.Join(err, os.MkdirAll(scratch, 0o700)); err != nil {
		return "", err
	}
	config, err := overlay.Write(scratch, map[string][]byte{file: []byte(m.apply(string(text)))})
	if err != nil {
		return "", err
	}
	if output, err := r.goCommand(m, config, "build", "./"+m.folder()); err != nil {
		if !compileError.MatchString(output) {
			return "", fmt.Errorf("build: %w\n%s", err, output)
		}
		return notCompiled, nil
	}
	for _, folder := range r.order(m.folder()) {
		output, err := r.goCommand(m, config, r.goTest(folder)...)
		if err != nil && r.passes(folder) {
			return "caught by " + folder + " " + verdict(output), nil
		}
	}
	return survived, nil
}

func (r *runner) goTest(folder string) []string {
	return []string{"test", "-vet=off", "-failfast", "-count=1", "-timeout=" + r.limit.String(), "./" + folder}
}

// passes reports whether the tests of a folder pass without a mutant. If they do not, their failures say nothing, and it prints so once.
func (r *runner) passes(folder string) bool {
	r.mu.Lock()
	green, ok := r.green[folder]
	if !ok {
		green = sync.OnceValue(func() bool {
			output, err := r.goCommand(mutant{}, "", r.goTest(folder)...)
			if err != nil && r.ctx.Err() == nil {
				fmt.Printf("NOT USED: the tests of %s fail without a change, too: %s\n", folder, verdict(output))
			}
			return err == nil
		})
		r.green[folder] = green
	}
	r.mu.Unlock()
	return green()
}

// goCommand runs go with the mutant of an overlay, if there is one, also for the commands of go that a test starts.
func (r *runner) goCommand(m mutant, config string, args ...string) (string, error) {
	c := exec.CommandContext(r.ctx, "go", args...)
	c.Dir = r.root
	c.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false -overlay="+config, "ROSTER_TEST_BINARY=")
	if strings.HasSuffix(m.file, ".sql") {
		c.Env = append(c.Env, "ROSTER_TEST_POSTGRES_URL=") // a migration changes roles, which all databases of a server share
	}
	var output strings.Builder
	c.Stdout, c.Stderr = &output, &output
	err := group.Run(c)
	return output.String(), err
}

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// verdict says from the output of go test how it failed.
func verdict(output string) string {
	if strings.Contains(output, "panic: test timed out after ") || strings.Contains(output, "*** Test killed") {
		return "(timeout)"
	}
	if failed := failedTest.FindStringSubmatch(output); failed != nil {
		return failed[1]
	}
	if strings.Contains(output, "[build failed]") {
		return "(build failed)"
	}
	return "(panic)"
}
