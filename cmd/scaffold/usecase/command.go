package usecase

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Command is `scaffold usecase NAME`.
type Command struct {
	Name    string // a noun
	Plural  string // of the noun; if empty, the usual one
	Verb    string // what the first command does to it
	Further string // if set: what a further command does to what an earlier run has made; instead of Verb
	DryRun  bool
}

// Run adds the use case, or the command, to the service in whose root it is run, and prints to out what it added. An interrupt ends it,
// and changes nothing.
func (c Command) Run(out io.Writer) error {
	s, err := readService(".")
	if err != nil {
		return err
	}
	p, err := c.plan(s)
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
	if len(s.drawn()) > 0 {
		return run(ctx, ".", "run", "./cmd/proof/hexagon", "-write")
	}
	return nil
}

// plan plans the use case or the command, and refuses a name that the service uses already.
func (c Command) plan(s service) (*plan, error) {
	f, err := parseName(c.Name, c.Plural, cmp.Or(c.Further, c.Verb))
	if err != nil {
		return nil, err
	}
	p := &plan{service: s, forms: f, changes: make(map[string]change)}
	check := p.checkNames
	if p.forms.Further = c.Further; c.Further != "" {
		check = p.checkRecord
	}
	if err := check(); err != nil {
		return nil, err
	}
	return p, p.add()
}
