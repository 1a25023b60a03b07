// Package program runs other programs: go and git.
package program

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// In is where programs run: in a folder, with further variables of the environment. The zero value is the working directory.
type In struct {
	Dir string
	Env []string
}

// With returns in with more variables.
func (in In) With(env ...string) In { return In{in.Dir, slices.Concat(in.Env, env)} }

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
	command := exec.Command(name, arguments...)
	command.Dir, command.Env = in.Dir, append(os.Environ(), in.Env...)
	var said bytes.Buffer
	command.Stderr = &said
	output, err := command.Output()
	if text := strings.TrimSpace(said.String()); err != nil && text != "" {
		err = errors.New(text)
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
