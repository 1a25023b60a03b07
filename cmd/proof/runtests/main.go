// Command runtests runs the tests of all packages with what they share: one PostgreSQL server, and one build of roster. Their
// addresses are in ROSTER_TEST_POSTGRES_URL and ROSTER_TEST_BINARY. Both end with the tests, also after a signal. Without
// runtests, go test ./... runs the same tests, and each package starts and builds what it needs.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/proof/group"
)

func main() {
	race := flag.String("race", "core", "packages to test with the race detector: core, layers, all or none")
	only := flag.String("only", "./...", "patterns of packages to test")
	leave := flag.String("leave", "", "patterns of packages that are not tested, such as \"./a ./b/...\"")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: runtests [-race core|layers|all|none] [-only patterns] [-leave patterns] [-- flags of go test]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if !slices.Contains([]string{"core", "layers", "all", "none"}, *race) {
		fmt.Fprintf(os.Stderr, "runtests: -race must be core, layers, all or none, got %q\n", *race)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *race, strings.Fields(*only), strings.Fields(*leave), flag.Args())
	stop()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed { // go test has printed its failures
		fmt.Fprintln(os.Stderr, "runtests:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

// run returns an error if a test fails.
func run(ctx context.Context, race string, only, leave, flags []string) error {
	if race != "none" && !compilesC(ctx) {
		if os.Getenv("CI") == "true" {
			return errors.New("no C compiler, which the race detector needs: install gcc")
		}
		fmt.Println("no C compiler: testing WITHOUT the race detector")
		race = "none"
	}
	dir, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "roster-tests-") // a folder whose programs can run
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	removeFiles, err := filesInMemory()
	if err != nil {
		return err
	}
	defer removeFiles()
	stop, err := postgres()
	if err != nil {
		return err
	}
	defer stop()
	var build, environment []string
	if race == "all" {
		build, environment = raceFlags, []string{raceEnvironment}
	}
	program := filepath.Join(dir, "roster")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	compile := goCommand(ctx, append(append([]string{"build"}, build...), "-o", program, "./cmd/roster")...)
	compile.Env = append(append(os.Environ(), "GOGC=400"), environment...) // with less garbage collection, the compiler needs less CPU
	if err := group.Run(compile); err != nil {
		return err
	}
	if err := os.Setenv("ROSTER_TEST_BINARY", program); err != nil {
		return err
	}
	listed, err := list(ctx, only, leave)
	if err != nil {
		return err
	}
	instrumented, rest := split(listed, race)
	if race == "none" {
		return test(ctx, flags, append(instrumented, rest...))
	}
	return errors.Join(test(ctx, append(raceFlags, flags...), instrumented, raceEnvironment), test(ctx, flags, rest))
}

// raceFlags instrument all code but SQLite's, which is translated from C and would be four times slower.
var raceFlags = []string{"-race", "-gcflags=modernc.org/...=-race=false"}

// raceEnvironment is what go needs for the race detector, whatever the rest is built with.
const raceEnvironment = "CGO_ENABLED=1"

// filesInMemory makes the temporary files of tests files in memory, unless TMPDIR is set or the system has no folder for them:
// a database of SQLite takes half the CPU there. What Go builds stays out of memory.
func filesInMemory() (remove func(), err error) {
	memory := pgtest.Memory()
	if memory == "" || os.Getenv("TMPDIR") != "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp(memory, "roster-tests-")
	if err != nil {
		return nil, err
	}
	built := cmp.Or(os.Getenv("GOTMPDIR"), os.TempDir())
	return func() { os.RemoveAll(dir) }, errors.Join(os.Setenv("GOTMPDIR", built), os.Setenv("TMPDIR", dir))
}

// postgres starts a server unless the environment names one. Without the server's programs it prints a warning, or fails if
// CI is true.
func postgres() (stop func(), err error) {
	const variable = "ROSTER_TEST_POSTGRES_URL"
	if os.Getenv(variable) != "" {
		return func() {}, nil
	}
	url, stop, err := pgtest.Start("", pgtest.Throwaway...)
	if errors.Is(err, pgtest.ErrNoPrograms) && os.Getenv("CI") != "true" {
		warning := fmt.Sprintf("\n!!! %v\n\n", err)
		warn := func() { fmt.Print(warning) }
		warn()
		return warn, nil // once more after the tests
	}
	if err != nil {
		return nil, err
	}
	return stop, os.Setenv(variable, url)
}

func compilesC(ctx context.Context) bool {
	out, err := exec.CommandContext(ctx, "go", "env", "CC").Output()
	compiler := strings.Fields(string(out))
	if err != nil || len(compiler) == 0 {
		return false
	}
	_, err = exec.LookPath(compiler[0])
	return err == nil
}

// test runs the tests of packages. It leaves go vet to make vet.
func test(ctx context.Context, flags, packages []string, environment ...string) error {
	if len(packages) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	c := goCommand(ctx, slices.Concat([]string{"test", "-vet=off"}, flags, packages)...)
	c.Env = append(os.Environ(), environment...)
	return group.Run(c)
}

// goCommand is a go command that prints to the terminal.
func goCommand(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c
}
