package impact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"example.com/roster/cmd/learn/patch"
)

// A Measurement applies changes and measures them.
type Measurement struct {
	Root  string    // of the checkout
	Out   io.Writer // gets the table
	Log   io.Writer // gets a line for each step; nil for none
	JSON  bool      // the results instead of the table
	Write bool      // update the results, the document and the plot in the checkout
	Only  []int     // the numbers of the changes; empty for all
}

// A Result is one change, measured.
type Result struct {
	Change string `json:"change"`
	Title  string `json:"title"`
	Naive  Cost   `json:"naive"`
	Roster Cost   `json:"roster"`
	Slips  []Slip `json:"slips"`
}

// A Slip is a mistake and what notices it.
type Slip struct {
	Mistake string  `json:"mistake"`
	Naive   Verdict `json:"naive"`
	Roster  Verdict `json:"roster"`
}

// A Verdict says what notices a slip.
type Verdict struct {
	By   string `json:"by"`             // byCompiler, byArchitecture, byTest or byNothing
	Test string `json:"test,omitempty"` // the test, with its package
}

// What can notice a slip.
const (
	byCompiler     = "compiler"
	byArchitecture = "architecture test"
	byTest         = "test"
	byNothing      = "nothing"
)

// resultsFile has the results of the last run with Write.
const resultsFile = Folder + "/results.json"

// ErrUnknown is the error of a number in Only that no change has.
var ErrUnknown = errors.New("there is no change")

// Run measures the changes and prints the results.
func (m Measurement) Run(ctx context.Context) error {
	if m.Log == nil {
		m.Log = io.Discard
	}
	changes, err := read(os.DirFS(m.Root))
	if err != nil {
		return err
	}
	for _, n := range m.Only {
		if !slices.ContainsFunc(changes, func(c change) bool { return c.n == n }) {
			return fmt.Errorf("%w %d: they have the numbers 1 to %d", ErrUnknown, n, len(changes))
		}
	}
	results, err := m.measure(ctx, changes)
	if err != nil {
		return err
	}
	if m.JSON {
		e := json.NewEncoder(m.Out)
		e.SetIndent("", "  ")
		return e.Encode(results)
	}
	_, err = io.WriteString(m.Out, table(results))
	return err
}

func (m Measurement) measure(ctx context.Context, changes []change) (results []Result, err error) {
	t, err := newTree(m.Root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.remove()) }()
	fmt.Fprintln(m.Log, "compile the tests of both services")
	if err := t.warmUp(ctx); err != nil {
		return nil, err
	}
	for _, c := range changes {
		if len(m.Only) > 0 && !slices.Contains(m.Only, c.n) {
			continue
		}
		r := Result{Change: c.name, Title: c.title, Slips: make([]Slip, len(slips))}
		for _, service := range services {
			fmt.Fprintln(m.Log, c.name, service)
			cost, verdicts, err := t.measure(ctx, service, c.by[service])
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", c.name, service, err)
			}
			for i, v := range verdicts {
				r.Slips[i].Mistake = c.by[service].slips[i].Note
				fmt.Fprintln(m.Log, " ", slips[i], v.By, v.Test)
				if service == "naive" {
					r.Slips[i].Naive = v
				} else {
					r.Slips[i].Roster = v
				}
			}
			if service == "naive" {
				r.Naive = cost
			} else {
				r.Roster = cost
			}
		}
		results = append(results, r)
		if m.Write {
			if err := write(m.Root, changes, r); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// warmUp compiles everything, so that the seconds of a change are those of what depends on it.
func (t tree) warmUp(ctx context.Context) error {
	arguments := []string{"test", "-vet=off", "-ldflags=-w", "-run", "^$", "./" + architecture.dir}
	for _, service := range services {
		for _, s := range suites[service] {
			arguments = append(arguments, "./"+s.dir)
		}
	}
	if text, err := t.command(ctx, arguments...); err != nil {
		return fmt.Errorf("before any change: go test: %w\n%s", err, text)
	}
	return nil
}

// measure returns what the change costs, and what notices each of its slips.
func (t tree) measure(ctx context.Context, service string, p patches) (cost Cost, verdicts []Verdict, err error) {
	cost = count(p.change)
	undo, err := t.apply(p.change)
	if err != nil {
		return cost, nil, err
	}
	defer func() { err = errors.Join(err, undo()) }()
	all := suitesWith(service, p.change)
	tests, err := t.dependents(ctx, all, p.change)
	if err != nil {
		return cost, nil, err
	}
	for _, s := range withArchitecture(service, tests) {
		o, err := t.test(ctx, s)
		if err != nil {
			return cost, nil, err
		}
		if !o.ok() {
			return cost, nil, fmt.Errorf("the change fails its own tests, %s:\n%s", o.failed, o.output)
		}
		cost.TestsRun += o.ran
		cost.TestPackages++
		cost.Seconds += o.seconds
	}
	for i, slip := range p.slips {
		v, err := t.verdict(ctx, service, all, slip)
		if err != nil {
			return cost, nil, fmt.Errorf("slip %s: %w", slips[i], err)
		}
		verdicts = append(verdicts, v)
	}
	return cost, verdicts, nil
}

// withArchitecture adds the architecture test. naive has none.
func withArchitecture(service string, tests []suite) []suite {
	if service == "naive" {
		return tests
	}
	return append([]suite{architecture}, tests...)
}

// verdict plants a slip and returns what notices it first.
func (t tree) verdict(ctx context.Context, service string, all []suite, slip patch.Patch) (v Verdict, err error) {
	undo, err := t.apply(slip)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, undo()) }()
	tests, err := t.dependents(ctx, all, slip)
	if err != nil {
		return v, err
	}
	for _, s := range withArchitecture(service, tests) {
		o, err := t.test(ctx, s)
		switch {
		case err != nil:
			return v, err
		case !o.compiles:
			return Verdict{By: byCompiler}, nil
		case o.failed != "" && s == architecture:
			return Verdict{By: byArchitecture}, nil
		case o.failed != "":
			return Verdict{By: byTest, Test: o.failed}, nil
		}
	}
	return Verdict{By: byNothing}, nil
}

// write puts a result into the results, the document and the plot of the checkout. It drops results of changes that are gone.
func write(root string, changes []change, latest Result) error {
	before, err := readResults(os.DirFS(root))
	if err != nil {
		return err
	}
	var results []Result
	for _, c := range changes {
		if c.name == latest.Change {
			results = append(results, latest)
		} else if i := slices.IndexFunc(before, func(r Result) bool { return r.Change == c.name }); i >= 0 {
			results = append(results, before[i])
		}
	}
	text, err := json.MarshalIndent(results, "", "\t")
	if err != nil {
		return err
	}
	document, err := os.ReadFile(filepath.Join(root, documentFile))
	if err != nil {
		return err
	}
	document, err = withTables(document, results)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{resultsFile: append(text, '\n'), documentFile: document, plotFile: []byte(plot(results))} {
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// readResults returns what was written before; none if nothing was.
func readResults(tree fs.FS) (results []Result, err error) {
	text, err := fs.ReadFile(tree, resultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &results); err != nil {
		return nil, fmt.Errorf("%s: %w", resultsFile, err)
	}
	return results, nil
}
