package usecase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Command is `scaffold usecase NAME`.
type Command struct {
	Name   string // a noun
	Verb   string // what the use case does to it
	DryRun bool
}

// Run adds the use case to the service in whose root it is run, and prints to out what it added. An interrupt ends it, and changes
// nothing.
func (c Command) Run(out io.Writer) error {
	f, err := parseName(c.Name, c.Verb)
	if err != nil {
		return err
	}
	s, err := readService(".")
	if err != nil {
		return err
	}
	p, err := newPlan(s, f)
	if err != nil {
		return err
	}
	if c.DryRun {
		p.report(out, "would add")
		return nil
	}
	fmt.Fprintln(out, "building the result before changing any file …")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.build(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if err := write(".", p.sorted()); err != nil {
		return err
	}
	p.report(out, "added")
	return nil
}
