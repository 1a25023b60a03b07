package exercise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/roster/cmd/proof/overlay"
)

// A Result is what a step of a check found.
type Result struct {
	OK     bool   `json:"ok"`
	Says   string `json:"says"`             // a sentence: what is right, or what is not
	Detail string `json:"detail,omitempty"` // such as the failing tests
}

// Check runs the steps of the exercise on its working copy, after a step that the code compiles. The exercise is done if all results are OK.
// It builds only the packages that the exercise is about. An error means that the check could not run.
func (w Workshop) Check(ctx context.Context, e *Exercise) ([]Result, error) {
	if !w.started(e) {
		return nil, ErrNotStarted
	}
	results, err := e.check(ctx, w.Copy(e))
	if err != nil {
		return nil, err
	}
	return results, w.note(e, func(p *Progress) {
		p.Checks++
		if Done(results) && p.Done.IsZero() {
			p.Done = now()
		}
	})
}

// Done reports whether all results are OK.
func Done(results []Result) bool {
	return !slices.ContainsFunc(results, func(r Result) bool { return !r.OK })
}

func (e *Exercise) check(ctx context.Context, dir string) ([]Result, error) {
	run := &checkRun{exercise: e, dir: dir}
	defer run.close()
	var packages []string
	for _, s := range e.Steps {
		packages = append(append(packages, s.Test...), s.Mutants...)
	}
	var results []Result
	if len(packages) > 0 {
		slices.Sort(packages)
		output, failed, err := run.goCommand(ctx, "vet", slices.Compact(packages)...)
		if err != nil {
			return nil, err
		}
		if failed {
			return []Result{{Says: "The code does not compile, or go vet finds a mistake.", Detail: readable(output)}}, nil
		}
		results = append(results, Result{OK: true, Says: "The code compiles."})
	}
	for _, s := range e.Steps {
		if len(s.Mutants) > 0 && !Done(results) { // they take longest, and would say little about code that is not right yet
			results = append(results, Result{Says: s.Wrong, Detail: "Not judged yet: what is above comes first."})
			continue
		}
		detail, err := run.step(ctx, s)
		if err != nil {
			return nil, err
		}
		r := Result{OK: detail == "", Says: s.Right, Detail: detail}
		if !r.OK {
			r.Says = s.Wrong
		}
		results = append(results, r)
	}
	return results, nil
}

// A checkRun is one run of a check. Files that only the check has reach the compiler by an overlay, so they are not in the working copy.
type checkRun struct {
	exercise *Exercise
	dir      string // the working copy
	scratch  string // "" until a file is needed
}

func (r *checkRun) close() {
	if r.scratch != "" {
		_ = os.RemoveAll(r.scratch)
	}
}

// step returns what is wrong, or nothing.
func (r *checkRun) step(ctx context.Context, s Step) (wrong string, err error) {
	switch {
	case s.Answers != "":
		return r.answers(s)
	case len(s.Mutants) > 0:
		return r.mutants(ctx, s)
	}
	files := make(map[string][]byte)
	all, err := r.exercise.overlay("check")
	if err != nil {
		return "", err
	}
	for _, name := range s.With {
		if all[name] == nil {
			return "", fmt.Errorf("check/%s is missing", name)
		}
		files[name] = all[name]
	}
	output, failed, err := r.test(ctx, s.Test, s.Run, files)
	switch {
	case err != nil:
		return "", err
	case failed && len(s.With) > 0 && strings.Contains(output, "[build failed]"):
		return "The check uses names of the starting state, and does not compile with your code. Keep those names.\n" + output, nil
	case failed:
		return output, nil
	case len(s.With) > 0 && noTest.MatchString(output):
		return "The check found no test to run:\n" + noTest.FindString(output), nil
	}
	return "", nil
}

// noTest is a line of go test about a package in which no test ran. That passes.
var noTest = regexp.MustCompile(`(?m)^.*\[no (tests to run|test files)\]$`)

// test runs tests with changed files. It returns what go test printed, and of failures what says why: never nothing.
func (r *checkRun) test(ctx context.Context, packages []string, tests string, files map[string][]byte) (output string, failed bool, err error) {
	arguments := []string{"-vet=off", "-ldflags=-w", "-timeout=2m"} // without debug information, a quarter less work
	if tests != "" {
		arguments = append(arguments, "-run", tests)
	}
	if len(files) > 0 {
		config, err := r.overlay(files)
		if err != nil {
			return "", false, err
		}
		arguments = append(arguments, "-overlay", config)
	}
	output, failed, err = r.goCommand(ctx, "test", append(arguments, packages...)...)
	if failed {
		output = cmp.Or(readable(output), "The program ended in the middle of a test, such as by os.Exit.")
	}
	return output, failed, err
}

// overlay writes the files for the flag -overlay of go, which makes them a part of the working copy for one command.
func (r *checkRun) overlay(files map[string][]byte) (config string, err error) {
	if r.scratch == "" {
		if r.scratch, err = os.MkdirTemp("", "roster-learn-"); err != nil {
			return "", err
		}
	}
	texts := make(map[string][]byte)
	for name, text := range files {
		texts[filepath.Join(r.dir, filepath.FromSlash(name))] = text
	}
	return overlay.Write(r.scratch, texts)
}

// goCommand runs the go command in the working copy. failed is about the learner's code; err means that go could not run.
func (r *checkRun) goCommand(ctx context.Context, name string, arguments ...string) (output string, failed bool, err error) {
	command := exec.CommandContext(ctx, "go", append([]string{name}, arguments...)...)
	command.Dir = r.dir
	// Environ has PWD, so that go and the overlay name files alike if a symbolic link leads to the folder.
	command.Env = append(command.Environ(), "GOWORK=off", "GOFLAGS="+buildFlags(os.Getenv("GOFLAGS"))+" -buildvcs=false")
	printed, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", false, ctx.Err()
	case errors.As(err, &exit):
		return string(printed), true, nil
	case err != nil:
		return "", false, fmt.Errorf("%w: install Go, and see that it is on PATH", err)
	}
	return string(printed), false, nil
}

// buildFlags returns those of GOFLAGS that say how to build, so that what Go has built serves the check, too. Others, such as -json, would
// change what it reads.
func buildFlags(all string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(all), func(f string) bool {
		return f != "-trimpath" && !strings.HasPrefix(f, "-tags=")
	}), " ")
}

// tested is a line of go test that a learner need not read.
var tested = regexp.MustCompile(`^(ok\s|\?\s|FAIL$|FAIL\s+\S+\s+\d|exit status|=== |# |\s*--- PASS)`)

// readable returns the lines of go's output that say what is wrong, at most forty.
func readable(output string) string {
	const most = 40
	var lines []string
	for line := range strings.Lines(output) {
		if line = strings.TrimRight(line, "\r\n"); line != "" && !tested.MatchString(line) {
			lines = append(lines, line)
		}
	}
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("… and %d more lines", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

// mutants runs the learner's tests on the right code, where they must pass, and on each mutant, where they must fail.
func (r *checkRun) mutants(ctx context.Context, s Step) (wrong string, err error) {
	output, failed, err := r.test(ctx, s.Mutants, s.Run, nil)
	if failed || err != nil {
		return "The tests fail on the code as it is, before any fault is planted:\n" + output, err
	}
	names, err := r.exercise.Patches("mutant")
	if err != nil {
		return "", err
	}
	var missed []string
	for _, name := range names {
		p, err := r.exercise.Patch(name)
		if err != nil {
			return "", err
		}
		files, err := p.Apply(os.DirFS(r.dir))
		if err != nil {
			return fmt.Sprintf("Only the tests should change, and the code under test has changed: %v", err), nil
		}
		output, failed, err := r.test(ctx, s.Mutants, s.Run, files)
		switch {
		case err != nil:
			return "", err
		case strings.Contains(output, "[build failed]"):
			return "", fmt.Errorf("%s does not compile:\n%s", name, output)
		case !failed:
			missed = append(missed, "not noticed: "+p.Note)
		}
	}
	if len(missed) == 0 {
		return "", nil
	}
	return fmt.Sprintf("The tests notice %d of %d planted faults.\n%s", len(names)-len(missed), len(names), strings.Join(missed, "\n")), nil
}

var answer = regexp.MustCompile(`(?m)^\s*(\d+)\.\s+(\S+)`)

// answers compares the lines "N. WORD …" of a file with the key.
func (r *checkRun) answers(s Step) (wrong string, err error) {
	text, err := fs.ReadFile(os.DirFS(r.dir), s.Answers)
	if errors.Is(err, fs.ErrNotExist) {
		return s.Answers + " is missing: reset the exercise to get it again", nil
	}
	if err != nil {
		return "", err
	}
	given := make(map[int]string)
	for _, match := range answer.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			return "", err
		}
		given[n] = strings.ToLower(strings.Trim(match[2], "`*_.,"))
	}
	var lines []string
	for i, mark := range s.Key {
		switch got := given[i+1]; got {
		case mark.Is:
		case "":
			lines = append(lines, fmt.Sprintf("%d has no answer yet", i+1))
		default:
			lines = append(lines, fmt.Sprintf("%d is not %s: %s", i+1, got, mark.Why))
		}
	}
	return strings.Join(lines, "\n"), nil
}
