// Package program runs other programs: go and git.
package program

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

// running ends at an interrupt.
var running = context.Background()

// EndAtInterrupt makes an interrupt end what runs, and each later program but those of [In.Always] fail. So the caller removes what it has
// begun, as after any other error.
func EndAtInterrupt() { running, _ = signal.NotifyContext(running, os.Interrupt) }

// In is where programs run: in a folder, with further variables of the environment. The zero value is the working directory.
type In struct {
	Dir    string
	Env    []string
	Always bool // also after an interrupt
}

// With returns in with more variables.
func (in In) With(env ...string) In { return In{in.Dir, slices.Concat(in.Env, env), in.Always} }

// Named returns in with an author of commits, if git knows none.
func (in In) Named() In {
	if _, err := in.Run("git", "var", "GIT_COMMITTER_IDENT"); err == nil {
		return in
	}
	const name, email = "scaffold", "scaffold@localhost"
	return in.With("GIT_AUTHOR_NAME="+name, "GIT_AUTHOR_EMAIL="+email, "GIT_COMMITTER_NAME="+name, "GIT_COMMITTER_EMAIL="+email)
}

// Run returns what a program prints. Its error has what the program says.
func (in In) Run(name string, arguments ...string) (string, error) {
	ctx := running
	if in.Always {
		ctx = context.Background()
	}
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir, command.Env = in.Dir, append(os.Environ(), in.Env...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var said bytes.Buffer
	command.Stderr = &said
	output, err := command.Output()
	if text := strings.TrimSpace(said.String()); err != nil && text != "" {
		err = errors.New(text)
	}
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return string(output), err
}

// Ask returns the line that a program prints.
func (in In) Ask(name string, arguments ...string) (string, error) {
	output, err := in.Run(name, arguments...)
	return strings.TrimSpace(output), err
}

// List returns the names that a program prints, each with a zero byte after it, as git does with -z.
func (in In) List(name string, arguments ...string) ([]string, error) {
	output, err := in.Run(name, arguments...)
	return strings.FieldsFunc(output, func(r rune) bool { return r == 0 }), err
}

// RunAll runs commands until one fails.
func (in In) RunAll(commands ...[]string) error {
	for _, c := range commands {
		if _, err := in.Run(c[0], c[1:]...); err != nil {
			return err
		}
	}
	return nil
}
