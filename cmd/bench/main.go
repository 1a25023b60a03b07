// Command bench measures roster under load, against naive (the same service in one function, package naive) and against the limits
// of the machine, the database and the language. Its metrics are ratios of figures that are measured side by side, so that the
// speed of the machine cancels out. Every round measures all groups in turns, and verifies the databases afterwards.
//
//	go run ./cmd/bench                               all, five rounds
//	BENCH_ROUNDS=3 go run ./cmd/bench                all, three rounds
//	go run ./cmd/bench -short                        all, one round, smaller
//	go run ./cmd/bench -only pg-hot,pg-spread        only these groups
//	go run ./cmd/bench -roster ./roster-of-before    another build of the program
//	go run ./cmd/bench -only idle -courses 200000    an idle server with that many courses
//	go run ./cmd/bench -only capacity                disk and memory, per million courses, standings and events
//	go run ./cmd/bench -before HEAD~1                all, and this build beside an earlier revision
//	go run ./cmd/bench -before HEAD~1 -only before,submit-before,cpu    only the latter
//
// BENCH_ROUNDS sets the number of rounds, and -rounds beats it. The tables go to standard output and, with results.json, into the
// folder that -out names. A group that fails ends neither the run nor the other groups: it is listed as not measured, and the
// command exits with 1. On Ctrl-C it writes what it has measured so far.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
	courses int           // of an idle server, and for capacity
}

func main() {
	log.SetFlags(log.Ltime)
	debug.SetGCPercent(400) // the load shares the machine with the servers
	o, err := parse(os.Args[1:], os.Getenv("BENCH_ROUNDS"), os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	// It stops its servers on each of these signals, also when the reader of its output closes the pipe.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatal(err)
	}
}

// parse reads the arguments and BENCH_ROUNDS. It writes help, and what is wrong, to output.
func parse(args []string, rounds string, output io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	only := flags.String("only", "", "measure only these groups: "+strings.Join(groupNames(), ","))
	flags.Func("rounds", "measure `n` rounds; without this flag BENCH_ROUNDS counts, else 5, or 1 with -short", o.setRounds)
	flags.BoolVar(&o.short, "short", false, "use smaller volumes, shorter phases, and one round by default")
	flags.StringVar(&o.roster, "roster", "", "measure this build of roster instead of building it")
	flags.StringVar(&o.before, "before", "", "measure this build beside the one of this git revision, too")
	flags.StringVar(&o.out, "out", "cmd/bench/out", "write results.json, results.md and performance.svg into this folder")
	flags.StringVar(&o.plot, "plot", "", "write the plot to this file, too")
	flags.StringVar(&o.profile, "cpuprofile", "", "write CPU profiles of roster in the hot and spread phases into this folder")
	flags.DurationVar(&o.during, "during", 0, "duration of a phase")
	flags.IntVar(&o.rows, "rows", 0, "number of rows of the largest import; its memory is compared with that of a tenth of them")
	flags.IntVar(&o.courses, "courses", 0, "number of courses of an idle server, whose CPU and memory are compared with those at 1,000; of courses and standings for capacity")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if o.rounds == 0 && rounds != "" {
		if err := o.setRounds(rounds); err != nil {
			err = fmt.Errorf("invalid value %q of BENCH_ROUNDS: %w", rounds, err)
			fmt.Fprintln(output, err)
			return o, err
		}
	}
	if err := o.validate(flags.Args()); err != nil {
		fmt.Fprintln(output, err)
		return o, err
	}
	return o.withDefaults(), nil
}

// validate refuses what would measure something else than was asked for, or nothing.
func (o options) validate(arguments []string) error {
	if len(arguments) > 0 {
		return fmt.Errorf("unexpected argument %q: groups are named by -only, with commas and no spaces", arguments[0])
	}
	for _, name := range o.only {
		at := slices.IndexFunc(groups, func(g group) bool { return g.name == name })
		switch {
		case at < 0:
			return fmt.Errorf("unknown group %q in -only: use %s", name, strings.Join(groupNames(), ", "))
		case groups[at].onlyIfOld && o.before == "":
			return fmt.Errorf("group %q in -only measures beside an earlier build: name its revision by -before", name)
		}
	}
	return nil
}

func (o *options) setRounds(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return errors.New("must be a whole number, at least 1")
	}
	o.rounds = n
	return nil
}

func (o options) withDefaults() options {
	if o.rounds == 0 {
		o.rounds = longOrShort(o, 5, 1)
	}
	if o.during == 0 {
		o.during = longOrShort(o, 1500*time.Millisecond, time.Second)
	}
	if o.rows == 0 {
		o.rows = longOrShort(o, 1_000_000, 300_000)
	}
	if o.courses == 0 {
		o.courses = longOrShort(o, 1_000_000, 100_000)
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

// run measures, and writes the results even if a group fails or ctx ends.
func run(ctx context.Context, o options) error {
	b := &bench{options: o, ctx: ctx, results: new(results)}
	defer b.close()
	start := time.Now()
	b.unprepared = b.prepare()
	b.measureGroups(groups)
	log.Printf("measured in %s", time.Since(start).Round(time.Second))
	return errors.Join(b.results.write(o.out, os.Stdout), b.results.err())
}
