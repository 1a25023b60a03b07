// Mutants measures the tests: it changes the code in one place at a time, and reports which tests fail. A mutant that survives is a
// hole in the tests, or equivalent to the code.
//
//	go run ./cmd/proof/mutants -o after.txt
//	go run ./cmd/proof/mutants -o before.txt -mutants after.txt -survivors -root ../before
//
// The draw depends on the seed and the code, not on the tests, so that two trees with the same code draw the same mutants. A mutant
// that does not compile is replaced by another. The results are lines of -o; a run that was interrupted continues there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"example.com/roster/adapters/postgres/pgtest"
)

// areas are drawn from in equal shares. An area is one folder, or several with commas between; it includes the migrations there.
const areas = "domain application adapters/memstore adapters/internal/sqlstore,adapters/postgres,adapters/sqlite adapters/httpapi adapters/nats"

type options struct {
	root, areas, output, list string
	number                    int
	seed                      uint64
	survivors, own            bool
	limit                     time.Duration
	parallel                  int
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the root of the `tree` to test")
	flag.StringVar(&o.areas, "areas", areas, "the `folders` to draw from, in equal shares")
	flag.StringVar(&o.output, "o", "", "append results to `FILE`, and skip the mutants that it has")
	flag.StringVar(&o.list, "mutants", "", "run the mutants of this `FILE`, an earlier run's output, instead of drawing")
	flag.BoolVar(&o.survivors, "survivors", false, "of -mutants, run only those that survived")
	flag.BoolVar(&o.own, "own", false, "run only the tests of the mutant's own package: minutes instead of hours")
	flag.IntVar(&o.number, "n", 200, "how many mutants to draw")
	flag.Uint64Var(&o.seed, "seed", 12, "the seed of the draw")
	flag.DurationVar(&o.limit, "limit", 5*time.Minute, "the `TIME` after which the tests of a package count as hanging")
	flag.IntVar(&o.parallel, "parallel", 2, "how many mutants are tested at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// start runs with one PostgreSQL server for all tests, if its programs are installed.
func start(ctx context.Context, o options) error {
	if os.Getenv("ROSTER_TEST_POSTGRES_URL") == "" {
		url, stop, err := pgtest.Start("", "fsync=off", "full_page_writes=off")
		if err != nil {
			fmt.Println(err)
		} else {
			defer stop()
			os.Setenv("ROSTER_TEST_POSTGRES_URL", url)
		}
	}
	return run(ctx, o)
}

// run draws the mutants or takes those of a list, tests each, and prints the results.
func run(ctx context.Context, o options) error {
	out, err := openResults(o.output)
	if err != nil {
		return err
	}
	defer out.close()
	all, err := findAll(o.root, strings.Fields(o.areas))
	if err != nil {
		return err
	}
	wanted, err := readWanted(o)
	if err != nil {
		return err
	}
	r, err := newRunner(ctx, o, out)
	if err != nil {
		return err
	}
	defer r.close()
	if wanted != nil {
		r.runList(all, wanted)
	} else {
		r.runDraw(all)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted: run the same command again to continue")
	}
	fmt.Printf("seed %d: %s\n", o.seed, out.summary())
	return r.failure
}
