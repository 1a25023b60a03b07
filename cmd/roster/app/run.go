// Package app is the whole program: it reads the configuration, opens the store that it names, and opens a door on it.
// Everything meets here, so this is also the only package that knows all the others; wire.go puts the core together.
//
// [Run] touches no signal, no global and no standard stream, so that a test can run the program as often as it likes.
package app

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"example.com/roster/adapters/cli"
	"example.com/roster/application"
	"example.com/roster/ports"
)

// Options are the world of one run.
type Options struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Ready          func(addr string) // optional: serve calls it with its address when it listens
	Store          Storage           // optional: used instead of the database that the configuration names
}

// Run does what the arguments say and returns the exit code. When ctx ends, what is in flight is finished first.
func Run(ctx context.Context, o Options) int {
	p := &program{ctx: ctx, options: o, close: func() {}}
	defer func() { p.close() }()

	if slices.ContainsFunc(o.Args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		p.JSON = slices.Contains(o.Args, "--json")
		return p.session().Report(cli.UsageError{Detail: "arguments must be UTF-8"})
	}
	grammar, understood := p.grammar(), false
	grammar.PersistentPreRunE = func(c *cobra.Command, _ []string) (err error) {
		if err = readEnvironment(c.Flags()); err == nil {
			err = c.ValidateRequiredFlags()
		}
		understood = err == nil // what goes wrong from here on is not the command line
		return err
	}
	tellEnvironment(grammar)
	grammar.SetArgs(append([]string{}, o.Args...)) // never nil, for which it would take the process's own
	grammar.SetOut(o.Stdout)
	grammar.SetErr(o.Stderr)
	err := grammar.Execute()
	if err != nil && !understood {
		p.JSON = p.JSON || slices.Contains(o.Args, "--json")
		err = cli.UsageError{Detail: err.Error() + "; see roster --help"}
	}
	return p.session().Report(err)
}

// A program is one run of it.
type program struct {
	configuration
	ctx     context.Context
	options Options
	close   func()
}

// session is what commands run with, as yet without a service.
func (p *program) session() *cli.Session {
	o := p.options
	return &cli.Session{Context: p.ctx, By: p.operator(), JSON: p.JSON, In: o.Stdin, Out: o.Stdout, Err: o.Stderr}
}

// itself is for commands that are the program's own.
func (p *program) itself() (*program, error) { return p, nil }

// open is for commands that need the service.
func (p *program) open() (*cli.Session, error) {
	c, err := p.core(unwatched)
	if err != nil {
		return nil, err
	}
	s := p.session()
	s.Service = c.service
	return s, nil
}

// core opens the store that the configuration names; the program closes it at its end.
func (p *program) core(w watch, options ...application.Option) (*core, error) {
	if s := p.options.Store; s != nil {
		return newCore(newService(s, w, options), s, s, alwaysReady()), nil
	}
	d, err := p.database()
	if err != nil {
		return nil, err
	}
	c, closeStore, err := d.open(p.ctx, w, options)
	if err != nil {
		return nil, err
	}
	p.close = closeStore
	return c, nil
}

// operator is who runs commands: whoever holds the database is staff.
func (p *program) operator() ports.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return ports.Actor{Tenant: p.Tenant, Subject: fmt.Sprint("cli:", name), Role: ports.Staff}
}
