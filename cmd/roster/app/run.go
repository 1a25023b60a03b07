// Package app is the whole program: it reads the configuration, builds what wire.go lists, and runs one command. It is the only
// package that knows all the others.
//
// [Run] uses no signals, no globals and no standard streams, so that a test can run the program any number of times.
package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"example.com/roster/adapters/cli"
	"example.com/roster/ports"
)

// Options are the arguments and the surroundings of one run.
type Options struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Ready          func(addr string) // optional: serve calls it with its address when it listens, worker with ""
	Store          Storage           // optional: used instead of the database that the configuration names
	Service        ports.Service     // optional: used instead of the core on the store, by all commands but serve and worker
	Completion     time.Duration     // optional: how long completion may read the database, by default 2 seconds
	Check          time.Duration     // optional: how long a check of doctor may take, by default 5 seconds
}

// Run runs the command that the arguments name and returns the exit code. When ctx ends, running work is finished first.
func Run(ctx context.Context, o Options) int {
	if o.Ready == nil {
		o.Ready = func(string) {}
	}
	p := &program{ctx: ctx, options: o, close: func() {}}
	defer func() { p.close() }()

	if slices.ContainsFunc(o.Args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		p.JSON = slices.Contains(o.Args, "--json")
		return p.session().Report(cli.UsageError{Detail: "arguments must be UTF-8"})
	}
	root, parsed := p.rootCommand(), false
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) (err error) {
		p.command = c.CommandPath()
		err = cmp.Or(readEnvironment(c.Flags()), setEphemeral(c.Flags()), refuseAlone(c.Flags()), c.ValidateRequiredFlags())
		parsed = err == nil // later errors are not about the command line
		return err
	}
	documentEnvironment(root)
	version{}.flag(p, root)
	if cli.Completing(o.Args) {
		cli.Complete(root, cli.Completions{"COURSE": p.completeCourse})
	}
	root.SetArgs(append([]string{}, o.Args...)) // not nil: Cobra would use the process's arguments
	root.SetOut(o.Stdout)
	root.SetErr(o.Stderr)
	err := root.Execute()
	if err != nil && !parsed {
		p.JSON = p.JSON || slices.Contains(o.Args, "--json")
		err = cli.UsageError{Detail: err.Error() + "; see roster --help"}
	}
	p.code = p.session().Report(err)
	return p.code
}

// A program is one run of it.
type program struct {
	configuration
	ctx     context.Context
	options Options
	close   func() // closes what open has opened
	command string // that runs, such as roster course put
	code    int    // its exit code, when it has run
}

// ownCommands is for commands that need no service, or build their own.
func (p *program) ownCommands() (*program, error) { return p, nil }

// open is for commands that need the service. It opens nothing if the program is given one.
func (p *program) open() (*cli.Session, error) {
	if p.options.Service != nil {
		return p.session(), nil
	}
	return keep(p, newCommandLine)
}

// keep opens what an injector builds until the program ends.
func keep[T any](p *program, inject func(context.Context, *program) (T, func(), error)) (T, error) {
	opened, cleanup, err := inject(p.ctx, p)
	if err == nil {
		p.close = cleanup
	}
	return opened, err
}

// run runs what an injector has built until ctx ends, closes it, and logs that.
func (p *program) run(entry interface{ run(context.Context) error }, cleanup func(), err error) error {
	if err != nil {
		return err
	}
	err = entry.run(p.ctx)
	cleanup()
	newLog(p.options, p.configuration).Info("stopped")
	return err
}

// session is a session without a service.
func (p *program) session() *cli.Session { return newSession(p, nil) }

func newSession(p *program, s ports.Service) *cli.Session {
	o := p.options
	if o.Service != nil {
		s = o.Service
	}
	return &cli.Session{Context: p.ctx, Service: s, By: p.operator(), JSON: p.JSON, In: o.Stdin, Out: o.Stdout, Err: o.Stderr}
}

// operator is the actor of all commands: a user who can open the database is staff.
func (p *program) operator() ports.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return ports.Actor{Tenant: p.Tenant, Subject: fmt.Sprint("cli:", name), Role: ports.Staff}
}
