// Command bench measures roster under load, against naive (the same service in one function, package naive) and against the limits
// of the machine, the database and the language. Its metrics are ratios of figures that are measured side by side, so that the
// speed of the machine cancels out. Every round measures all groups in turns, and verifies the databases afterwards.
//
//	go run ./cmd/bench                               all, five rounds
//	go run ./cmd/bench -short                        all, one round, smaller
//	go run ./cmd/bench -only pg-hot,pg-spread        only these groups
//	go run ./cmd/bench -roster ./roster-of-before    another build of the program
//	go run ./cmd/bench -before HEAD~1 -only before,submit-before    this build beside an earlier revision
//
// The tables go to standard output and, with results.json, into the folder that -out names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	only    []string
	rounds  int
	short   bool
	roster  string // path of a program; empty: build it
	before  string // a revision to measure beside this build; empty: none
	out     string
	plot    string
	profile string
	during  time.Duration // of one phase
	rows    int           // of the largest import
}

func main() {
	log.SetFlags(log.Ltime)
	debug.SetGCPercent(400) // the load shares the machine with the servers
	var o options
	only := flag.String("only", "", "measure only these groups: "+strings.Join(groupNames(), ","))
	flag.IntVar(&o.rounds, "rounds", roundsFromEnvironment(), "number of rounds (also BENCH_ROUNDS)")
	flag.BoolVar(&o.short, "short", false, "use smaller volumes, shorter phases, and one round by default")
	flag.StringVar(&o.roster, "roster", "", "measure this build of roster instead of building it")
	flag.StringVar(&o.before, "before", "", "measure this build beside the one of this git revision, too")
	flag.StringVar(&o.out, "out", "cmd/bench/out", "write results.json, results.md and performance.svg into this folder")
	flag.StringVar(&o.plot, "plot", "", "write the plot to this file, too")
	flag.StringVar(&o.profile, "cpuprofile", "", "write CPU profiles of roster in the hot and spread phases into this folder")
	flag.DurationVar(&o.during, "during", 0, "duration of a phase")
	flag.IntVar(&o.rows, "rows", 0, "number of rows of the largest import; its memory is compared with that of a tenth of them")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	// It stops its servers on each of these signals, also when the reader of its output closes the pipe.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := run(ctx, o.withDefaults()); err != nil {
		log.Fatal(err)
	}
}

// roundsFromEnvironment returns 0 if BENCH_ROUNDS is not set.
func roundsFromEnvironment() int {
	n, _ := strconv.Atoi(os.Getenv("BENCH_ROUNDS"))
	return n
}

func (o options) withDefaults() options {
	if o.rounds == 0 {
		o.rounds = 5
		if o.short {
			o.rounds = 1
		}
	}
	if o.during == 0 {
		o.during = 1500 * time.Millisecond
		if o.short {
			o.during = time.Second
		}
	}
	if o.rows == 0 {
		o.rows = longOrShort(o, 1_000_000, 300_000)
	}
	return o
}

// longOrShort returns short with -short, else long.
func longOrShort[T any](o options, long, short T) T {
	if o.short {
		return short
	}
	return long
}

// A group measures metrics that belong together.
type group struct {
	name string
	when when
	run  func(*bench) error
}

type when int

const (
	during when = iota // in each round
	before             // in rounds of its own, before any server runs
	after              // once, at the end
)

func groupNames() (names []string) {
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// run measures the groups, and writes the results even if a group fails.
func run(ctx context.Context, o options) (err error) {
	for _, name := range o.only {
		if !slices.Contains(groupNames(), name) {
			return fmt.Errorf("unknown group %q; the groups are %s", name, strings.Join(groupNames(), ", "))
		}
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	start := time.Now()
	for b.round = range o.rounds {
		err = errors.Join(err, b.measureAll(before))
	}
	for b.round = range o.rounds {
		err = errors.Join(err, b.measureAll(during))
	}
	err = errors.Join(err, b.measureAll(after))
	err = errors.Join(err, b.verifyJournals())
	log.Printf("measured in %s", time.Since(start).Round(time.Second))
	return errors.Join(err, b.results.write(o.out, os.Stdout))
}

func (b *bench) measureAll(when when) (err error) {
	for _, g := range groups {
		if g.when == when {
			err = errors.Join(err, b.measure(g))
		}
	}
	return err
}

// measure runs a group, unless -only excludes it.
func (b *bench) measure(g group) error {
	if b.ctx.Err() != nil || len(b.only) > 0 && !slices.Contains(b.only, g.name) {
		return nil
	}
	start := time.Now()
	if err := g.run(b); err != nil {
		log.Printf("%s: %v", g.name, err)
		return fmt.Errorf("%s: %w", g.name, err)
	}
	log.Printf("%-10s %5.1f s", g.name, time.Since(start).Seconds())
	return nil
}
