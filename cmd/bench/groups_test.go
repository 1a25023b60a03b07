package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// measured runs groups, and returns results.json without goals, what is printed, and the error.
func measured(t *testing.T, b *bench, groups []group) (rounds map[string]int, notMeasured []notMeasuredLine, printed string, err error) {
	t.Helper()
	b.results = new(results)
	b.measureGroups(groups)
	folder, table := t.TempDir(), new(bytes.Buffer)
	if err := b.results.write(folder, table); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(folder, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Metrics     []resultLine
		NotMeasured []notMeasuredLine
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	rounds = make(map[string]int)
	for _, m := range got.Metrics {
		rounds[m.Name] = m.Rounds
	}
	return rounds, got.NotMeasured, table.String(), b.results.err()
}

func measuring(metric string, value float64) func(*bench) error {
	return func(b *bench) error { b.results.metric(metric, value); return nil }
}

// A group that fails takes nothing from the others: before it, after it, or its own other rounds.
func TestFailingGroup(t *testing.T) {
	t.Parallel()
	b := &bench{ctx: t.Context(), options: options{rounds: 3}}
	rounds, notMeasured, printed, err := measured(t, b, []group{
		{name: "first", run: measuring("pg_hot_c64_vs_naive", 16)},
		{name: "sometimes", run: func(b *bench) error {
			if b.round == 1 {
				return errors.New("naive ended")
			}
			b.results.metric("pg_mixed_c64_vs_naive", 14)
			return nil
		}},
		{name: "none finished", run: measuring("pg_hot_p99_vs_naive", math.Inf(1))},
		{name: "never", when: after, run: func(*bench) error { return errors.New("no disk") }},
		{name: "old", onlyIfOld: true, run: func(*bench) error { return errors.New("there is no -before") }},
		{name: "last", when: after, run: measuring("binary_mb", 36)},
	})
	if got := len(rounds); got != 3 || rounds["pg_hot_c64_vs_naive"] != 3 || rounds["pg_mixed_c64_vs_naive"] != 2 || rounds["binary_mb"] != 1 {
		t.Errorf("measured in rounds: %v", rounds)
	}
	want := []notMeasuredLine{
		{"none finished", "in 3 of 3 rounds: pg_hot_p99_vs_naive would be +Inf: nothing was finished in one of its phases"},
		{"sometimes", "in 1 of 3 rounds: naive ended"},
		{"never", "no disk"},
	}
	if !slices.Equal(notMeasured, want) {
		t.Errorf("not measured:\n%v, want\n%v", notMeasured, want)
	}
	if !strings.Contains(printed, "| binary_mb | 36.0 MB |") || !strings.Contains(printed, "- never: no disk\n") {
		t.Errorf("printed:\n%s", printed)
	}
	if err == nil || !strings.Contains(err.Error(), "none finished, sometimes, never") {
		t.Errorf("got %v", err)
	}
}

// After Ctrl-C there is what was measured before, and the name of each group that was not.
func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	b := &bench{ctx: ctx, options: options{rounds: 2}}
	rounds, notMeasured, _, err := measured(t, b, []group{
		{name: "first", run: measuring("pg_hot_c64_vs_naive", 16)},
		{name: "interrupted", run: func(*bench) error {
			cancel(errors.New("interrupt signal received"))
			return errors.New("naive ended")
		}},
		{name: "rest", when: after, run: measuring("binary_mb", 36)},
	})
	if len(rounds) != 1 || rounds["pg_hot_c64_vs_naive"] != 1 {
		t.Errorf("measured in rounds: %v", rounds)
	}
	want := []notMeasuredLine{
		{"interrupted", "in 2 of 2 rounds: interrupt signal received"},
		{"first", "in 1 of 2 rounds: interrupt signal received"},
		{"rest", "interrupt signal received"},
	}
	if !slices.Equal(notMeasured, want) || err == nil {
		t.Errorf("not measured:\n%v, want\n%v; %v", notMeasured, want, err)
	}
}

// If the programs cannot be built, each group has the reason.
func TestUnprepared(t *testing.T) {
	t.Parallel()
	b := &bench{ctx: t.Context(), options: options{rounds: 1}, unprepared: errors.New("build roster: no go")}
	_, notMeasured, _, err := measured(t, b, []group{{name: "first", run: measuring("binary_mb", 36)}})
	if !slices.Equal(notMeasured, []notMeasuredLine{{"first", "build roster: no go"}}) || err == nil {
		t.Errorf("got %v, %v", notMeasured, err)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args, environment string
		rounds            int // 0: refused
		says              string
	}{
		{"", "", 5, ""},
		{"-short", "", 1, ""},
		{"", "3", 3, ""},
		{"-short", "3", 3, ""},
		{"-rounds 2", "3", 2, ""},
		{"-rounds 2", "three", 2, ""},
		{"", "three", 0, `invalid value "three" of BENCH_ROUNDS: must be a whole number, at least 1`},
		{"", "0", 0, "BENCH_ROUNDS"},
		{"-rounds 0", "", 0, "-rounds: must be a whole number"},
		{"-only pg-hot,fast", "", 0, `unknown group "fast" in -only`},
		{"-only pg-hot pg-spread", "", 0, `unexpected argument "pg-spread"`},
		{"-only idle,cpu", "", 0, `group "cpu" in -only measures beside an earlier build: name its revision by -before`},
		{"-before HEAD -only before,submit-before,cpu", "", 5, ""},
		{"-help", "", 0, "BENCH_ROUNDS"},
	} {
		output := new(bytes.Buffer)
		o, err := parse(strings.Fields(test.args), test.environment, output)
		if (err == nil) != (test.rounds > 0) || err == nil && o.rounds != test.rounds || !strings.Contains(output.String(), test.says) {
			t.Errorf("%q with BENCH_ROUNDS=%s: %d rounds, %v, %s", test.args, test.environment, o.rounds, err, output)
		}
	}
	if _, err := parse([]string{"-help"}, "", new(bytes.Buffer)); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %v", err)
	}
}

// However long it takes, the bench waits as long as there is progress.
func TestWaitForZero(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		left func(seconds int) int64
		want string
	}{
		{"slow", func(seconds int) int64 { return int64(3600-seconds) / 100 }, ""},
		{"stuck", func(seconds int) int64 { return int64(max(7, 600-seconds)) }, "7 events, and no fewer for 2m0s"},
		{"growing", func(seconds int) int64 { return int64(7 + seconds) }, "events, and no fewer for 2m0s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := waitForZero(t.Context(), time.Second, "events", func() (int64, error) {
					return test.left(int(time.Since(start).Seconds())), nil
				})
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got %v, want %q", err, test.want)
				}
			})
		})
	}
}

// Results are passed on: the error of a command shows no password.
func TestErrorWithoutPassword(t *testing.T) {
	t.Parallel()
	b := &bench{ctx: t.Context()}
	_, err := b.output("go", "no-such-command", "postgres://ann:secret@127.0.0.1:5432/roster")
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "postgres://127.0.0.1:5432/roster") {
		t.Errorf("got %v", err)
	}
}

// Profiles of two builds, and of two rounds, do not replace each other.
func TestProfileFiles(t *testing.T) {
	t.Parallel()
	b := &bench{options: options{profile: "p"}}
	file := func(name string, round int) string {
		b.round = round
		return b.profileFile(&target{name: name}, "PostgreSQL, hot, beside the build before")
	}
	if got, want := file("roster", 0), filepath.Join("p", "PostgreSQL-hot-beside-the-build-before-roster-round-1.pprof"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if file("before", 0) == file("roster", 0) || file("roster", 1) == file("roster", 0) {
		t.Error("one profile replaces another")
	}
}

// A pair of which a server has ended is started again.
func TestRunningPair(t *testing.T) {
	t.Parallel()
	ended := func() *target { return &target{process: &process{ended: make(chan struct{})}} }
	p := &serverPair{ended(), ended()}
	if !p.running() || (*serverPair)(nil).running() {
		t.Error("a pair runs if both servers do")
	}
	close(p.naive.ended)
	if p.running() {
		t.Error("naive has ended")
	}
}
