// Command bench measures roster under load, against naive (the same service in one function, in the folder beside) and against
// what the machine, the database and the language allow. Ratios of figures taken side by side are what counts: the machine is
// in both. Every round measures all of it, in turns, and checks what the database holds afterwards.
//
//	go run ./cmd/bench                               all, five rounds
//	go run ./cmd/bench -short                        all, one round, smaller
//	go run ./cmd/bench -only pg-hot,pg-spread        these groups alone
//	go run ./cmd/bench -roster ./roster-of-before    another build of the program
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
	roster  string // a program that is built already
	out     string
	plot    string
	profile string
	during  time.Duration // of one phase
	rows    int           // of the largest import
}

func main() {
	log.SetFlags(log.Ltime)
	debug.SetGCPercent(400) // the load shares the machine with whom it is put on
	var o options
	only := flag.String("only", "", "measure these groups alone: "+strings.Join(groupNames(), ","))
	flag.IntVar(&o.rounds, "rounds", roundsByEnvironment(), "how often each is measured (also BENCH_ROUNDS)")
	flag.BoolVar(&o.short, "short", false, "smaller volumes and shorter phases; one round unless told otherwise")
	flag.StringVar(&o.roster, "roster", "", "measure this build of roster instead of the source's")
	flag.StringVar(&o.out, "out", "cmd/bench/out", "where results.json, results.md and performance.svg go")
	flag.StringVar(&o.plot, "plot", "", "write the plot here, too")
	flag.StringVar(&o.profile, "cpuprofile", "", "write CPU profiles of roster in the hot and spread phases into this folder")
	flag.DurationVar(&o.during, "during", 0, "how long a phase is measured")
	flag.IntVar(&o.rows, "rows", 0, "how many rows the largest import has; its memory is held against a tenth of them")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	// However it is ended, also by a reader of its output who has seen enough, it leaves no server behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := run(ctx, o.filled()); err != nil {
		log.Fatal(err)
	}
}

// roundsByEnvironment is 0 where nothing is said.
func roundsByEnvironment() int {
	n, _ := strconv.Atoi(os.Getenv("BENCH_ROUNDS"))
	return n
}

func (o options) filled() options {
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
		o.rows = size(o, 1_000_000, 300_000)
	}
	return o
}

// size returns the first, or the second in the short form.
func size[T any](o options, long, short T) T {
	if o.short {
		return short
	}
	return long
}

// A group is metrics that are measured together.
type group struct {
	name string
	when when
	run  func(*bench) error
}

type when int

const (
	during when = iota // in each round
	before             // in rounds of its own, while no server is there
	after              // once, at the end
)

func groupNames() (names []string) {
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// run measures what o asks for, and writes what came of it, also where something failed on the way.
func run(ctx context.Context, o options) (err error) {
	for _, name := range o.only {
		if !slices.Contains(groupNames(), name) {
			return fmt.Errorf("there is no group %q; there are %s", name, strings.Join(groupNames(), ", "))
		}
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	begun := time.Now()
	for b.round = range o.rounds {
		err = errors.Join(err, b.measureAll(before))
	}
	for b.round = range o.rounds {
		err = errors.Join(err, b.measureAll(during))
	}
	err = errors.Join(err, b.measureAll(after))
	err = errors.Join(err, b.proveAll())
	log.Printf("measured in %s", time.Since(begun).Round(time.Second))
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

// measure runs a group, if it is asked for.
func (b *bench) measure(g group) error {
	if b.ctx.Err() != nil || len(b.only) > 0 && !slices.Contains(b.only, g.name) {
		return nil
	}
	begun := time.Now()
	if err := g.run(b); err != nil {
		log.Printf("%s: %v", g.name, err)
		return fmt.Errorf("%s: %w", g.name, err)
	}
	log.Printf("%-10s %5.1f s", g.name, time.Since(begun).Seconds())
	return nil
}
