package usecase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// A Command is what the command line says.
type Command struct {
	Name   string // what the use case is about, a noun
	Verb   string // what is done to it
	DryRun bool
}

// Run adds the use case to the service in whose root it is run.
func (c Command) Run(out io.Writer) error { return c.In(".", out) }

// In adds the use case to the service in root, and tells on out what was added. An interrupt ends it with nothing done.
func (c Command) In(root string, out io.Writer) error {
	w, err := parse(c.Name, c.Verb)
	if err != nil {
		return err
	}
	s, err := look(root)
	if err != nil {
		return err
	}
	p, err := draw(s, w)
	if err != nil {
		return err
	}
	if c.DryRun {
		p.tell(out, "would add")
		return nil
	}
	fmt.Fprintln(out, "building it, before anything is changed …")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for _, step := range []func(context.Context) error{p.generate, p.build} {
		err := step(ctx)
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		if err != nil {
			return fmt.Errorf("nothing was changed: %w", err)
		}
	}
	if err := write(root, p.changes); err != nil {
		return err
	}
	p.tell(out, "added")
	return nil
}
