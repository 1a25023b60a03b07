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

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

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
func Run(ctx context.Context, o Options) (code int) {
	p := &program{ctx: ctx, options: o, close: func() {}}
	defer func() { p.close() }()
	defer p.onExit(&code)

	if slices.ContainsFunc(o.Args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		p.JSON = slices.Contains(o.Args, "--json")
		return p.session().Report(cli.UsageError{Detail: "arguments must be UTF-8"}) // the parser would mend them
	}
	parser, err := kong.New(&p.grammar, kong.Name("roster"), kong.Description(description), kong.Writers(o.Stdout, o.Stderr),
		kong.DefaultEnvars("ROSTER"), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		panic(err) // the grammar itself is wrong
	}
	kongcompletion.Register(parser)
	command, err := parser.Parse(o.Args)
	if err != nil {
		p.JSON = p.JSON || slices.Contains(o.Args, "--json")
		return p.session().Report(cli.UsageError{Detail: err.Error() + "; see roster --help"})
	}
	if err := command.BindToProvider(p.open); err != nil {
		panic(err)
	}
	return p.session().Report(command.Run(p))
}

const description = "Enroll learners on courses, with a waitlist for when a course is full."

// A program is one run of it.
type program struct {
	grammar
	ctx     context.Context
	options Options
	close   func()
}

// exit is how the parser ends a run, after --help for example.
type exit int

func (p *program) onExit(code *int) {
	if r := recover(); r != nil {
		ended, ok := r.(exit)
		if !ok {
			panic(r)
		}
		*code = int(ended)
	}
}

// session is what commands run with, as yet without a service.
func (p *program) session() *cli.Session {
	return &cli.Session{Context: p.ctx, By: p.operator(), JSON: p.JSON, Out: p.options.Stdout, Err: p.options.Stderr}
}

// open is called for a command that needs the service.
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
