package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/roster/adapters/cli"
	"example.com/roster/ports"
)

// doctor has the flags of serve, so that the command line of serve can be tried as it is.
type doctor struct{ serve }

const checkTimeout = 5 * time.Second

// A check tries one thing that serve needs, within a few seconds, and changes nothing.
type check struct {
	name, flag string
	final      bool // it is tried only if the checks before it found nothing
	// try returns what is fine, or an error. A finding says what to do.
	try func(context.Context) (fine string, err error)
}

// A finding is what is wrong, and what to do.
type finding struct {
	error
	fix  string
	ends bool // no later check on the same dependency makes sense
}

func (f finding) Unwrap() error { return f.error }

// wrong returns a finding after which the other checks go on.
func wrong(fix, format string, values ...any) error {
	return finding{error: fmt.Errorf(format, values...), fix: fix}
}

// broken returns a finding without which no later check on the same dependency makes sense.
func broken(fix string, err error) error { return finding{err, fix, true} }

// checkJSON is the JSON view of the result of a check.
type checkJSON struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

func (c checkJSON) text() string {
	switch {
	case c.OK:
		return fmt.Sprintf("%s: fine, %s", c.Name, c.Detail)
	case c.Fix == "":
		return c.Name + ": " + c.Detail
	}
	return fmt.Sprintf("%s: %s -> %s", c.Name, c.Detail, c.Fix)
}

// Run prints what each check has found.
func (c doctor) Run(p *program, _ []string) error {
	dependencies, err := c.dependencies(p)
	if err != nil {
		return err
	}
	found := make([][]checkJSON, len(dependencies))
	var running sync.WaitGroup
	for i, checks := range dependencies {
		running.Go(func() { found[i] = runChecks(p.ctx, checks, cmp.Or(p.options.Check, checkTimeout)) })
	}
	running.Wait()
	var view struct {
		Checks []checkJSON `json:"checks"`
	}
	var lines []string
	n := 0
	for _, results := range found {
		for _, r := range results {
			view.Checks, lines = append(view.Checks, r), append(lines, r.text())
			if !r.OK {
				n++
			}
		}
	}
	if err := p.session().Print(view, lines...); err != nil || n == 0 {
		return err
	}
	return cli.AfterOutput{Err: fmt.Errorf("%w: %d of %d checks are not fine, do what they say", ports.ErrUnavailable, n, len(lines))}
}

// dependencies returns the checks of each dependency.
func (c doctor) dependencies(p *program) ([][]check, error) {
	database := []check{{name: "database", try: func(ctx context.Context) (string, error) { return "the program's own", ready(p.options.Store)(ctx) }}}
	if p.options.Store == nil {
		d, err := p.database()
		if err != nil {
			return nil, err
		}
		database = d.checks
	}
	return [][]check{
		database,
		c.brokerChecks(),
		c.identityChecks(),
		{diskCheck(c.directories(p))},
	}, nil
}

// directories returns where serve writes files.
func (c doctor) directories(p *program) (dirs []string) {
	if c.Ephemeral {
		return nil
	}
	if dir := p.fileDir(); dir != "" {
		dirs = append(dirs, dir)
	}
	if c.URL == "" {
		dirs = append(dirs, p.DataDir)
	}
	if !c.given() {
		dirs = append(dirs, p.DataDir)
	}
	return dirs
}

// runChecks runs the checks of one dependency.
func runChecks(ctx context.Context, checks []check, limit time.Duration) (results []checkJSON) {
	first := "" // the check that found something
	ended := false
	for _, c := range checks {
		if ended || c.final && first != "" {
			results = append(results, checkJSON{Name: c.name, Detail: "not tried, because of " + first})
			continue
		}
		fine, err := c.within(ctx, limit)
		r := checkJSON{Name: c.name, OK: err == nil, Detail: fine}
		if err != nil {
			first = cmp.Or(first, c.name)
			r.Detail = oneLine(err)
		}
		if f, ok := errors.AsType[finding](err); ok {
			r.Fix, ended = f.fix, f.ends
		}
		results = append(results, r)
	}
	return results
}

// oneLine returns the lines of an error in one, and each once. The kind of the error is for programs.
func oneLine(err error) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(err.Error(), string(ports.KindOf(err))+": ", "")) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

// within runs the check. It does not wait for one that hangs, even if that ignores its context.
func (c check) within(ctx context.Context, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type result struct {
		fine string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		fine, err := c.try(ctx)
		done <- result{fine, err}
	}()
	select {
	case r := <-done:
		if ctx.Err() == nil {
			return r.fine, r.err
		}
	case <-ctx.Done():
	}
	return "", broken("check the address in "+c.flag+", and what is on the way to it", fmt.Errorf("no answer within %v", limit))
}

const maxSkew = 5 * time.Second

// tryClock compares a clock, which was read between two moments, with this machine's.
func tryClock(whose, depends string, before, clock, after time.Time) (fine string, err error) {
	var skew time.Duration // what is certain
	switch {
	case clock.Before(before):
		skew = before.Sub(clock)
	case clock.After(after):
		skew = clock.Sub(after)
	}
	if skew <= maxSkew {
		return fmt.Sprintf("at most %v from %s", maxSkew, whose), nil
	}
	return "", wrong("set both by NTP: "+depends, "this machine's clock is %v from %s", skew.Round(time.Second), whose)
}
