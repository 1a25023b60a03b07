// Package app is the whole program: it reads the configuration, builds what wire.go lists, and runs one command. It is the only
// package that knows all the others.
//
// [Run] uses no signals, no globals and no standard streams, so that a test can run the program any number of times.
package app

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"

	"github.com/spf13/cobra"

	"example.com/roster/cmd/bare/adapters/cli"
	"example.com/roster/cmd/bare/ports"
)

// Options are the arguments and the surroundings of one run.
type Options struct {
	Args           []string  // without the program's name
	Stdin          io.Reader // for commands that read it
	Stdout, Stderr io.Writer
	Ready          func(addr string) // optional: serve calls it with its address when it listens
	Store          ports.Store       // optional: used instead of the database that the configuration names
}

// Run runs the command that the arguments name and returns the exit code. When ctx ends, running work is finished first.
func Run(ctx context.Context, o Options) int {
	p := &program{ctx: ctx, options: o, close: func() {}}
	defer func() { p.close() }()
	root, parsed := p.rootCommand(), false
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		err := readEnvironment(c.Flags())
		parsed = err == nil // later errors are not about the command line
		return err
	}
	root.SetArgs(append([]string{}, o.Args...)) // not nil: Cobra would use the process's arguments
	root.SetOut(o.Stdout)
	root.SetErr(o.Stderr)
	err := root.Execute()
	if err != nil && !parsed {
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
	close   func() // closes what open has opened
}

// ownCommands is for commands that need no service, or build their own.
func (p *program) ownCommands() (*program, error) { return p, nil }

// open is for commands that need the service.
func (p *program) open() (*cli.Session, error) {
	s, cleanup, err := newCommandLine(p.ctx, p)
	if err == nil {
		p.close = cleanup
	}
	return s, err
}

// session is a session without a service.
func (p *program) session() *cli.Session { return newSession(p, nil) }

// newSession returns a session of the user who runs the program: who can open the database is staff.
func newSession(p *program, s ports.Service) *cli.Session {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	by := ports.Actor{Tenant: p.Tenant, Subject: fmt.Sprint("cli:", name), Role: ports.Staff}
	return &cli.Session{Context: p.ctx, Service: s, By: by, JSON: p.JSON, Out: p.options.Stdout, Err: p.options.Stderr}
}
