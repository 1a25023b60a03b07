package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/cmd/roster/app"
)

// A demo is one run of the command.
type demo struct {
	dataDir        string
	serve          []string // the command that serves, with its flags
	stdout, stderr io.Writer
}

// run loads what is not loaded yet, tells what is there, and serves until ctx ends.
func (d demo) run(ctx context.Context) error {
	courses, err := list[course](ctx, d, "course", "list")
	if err != nil {
		return err
	}
	if loaded(courses) {
		fmt.Fprintln(d.stdout, "The sample is loaded already.")
	} else {
		if err := d.load(ctx, courses); err != nil {
			return err
		}
		if courses, err = list[course](ctx, d, "course", "list"); err != nil {
			return err
		}
	}
	tellCourses(d.stdout, courses)
	try, err := d.suggest(ctx, courses)
	if err != nil {
		return err
	}
	if try.token, err = d.token(ctx); err != nil {
		return err
	}
	code := app.Run(ctx, app.Options{
		Args:   d.args(d.serve),
		Stdin:  strings.NewReader(""),
		Stdout: d.stdout,
		Stderr: d.stderr,
		Ready:  func(addr string) { tellHowToTry(d.stdout, addr, try) },
	})
	if code != 0 {
		return fmt.Errorf("roster serve ended with %d", code)
	}
	return nil
}

// loaded reports whether all of the sample's changes are in the store. Each course counts its own without a gap, so their
// sum tells, and nothing has to be kept beside the store; what users change later only adds to it.
func loaded(courses []course) bool {
	expected := sample.Expected()
	var changes int64
	for _, c := range courses {
		if _, ok := expected.Courses[c.ID]; ok {
			changes += c.Sequence
		}
	}
	return changes >= expected.Changes()
}

// load imports the sample's courses, if one is missing, and its commands. Those that a run before this one has imported
// are not done again: an import knows them.
func (d demo) load(ctx context.Context, have []course) error {
	dir, err := d.unpack()
	if err != nil {
		return err
	}
	if len(have) < len(sample.Expected().Courses) {
		if _, err := d.roster(ctx, "course", "import", filepath.Join(dir, "courses.csv")); err != nil {
			return err
		}
	}
	fmt.Fprintln(d.stdout, "Loading "+sample.About+". If it is interrupted, the next start goes on.")
	result, err := list[summary](ctx, d, "import", filepath.Join(dir, "commands.csv"), "--rejects", filepath.Join(dir, "rejects.csv"))
	if err != nil {
		return err
	}
	if len(result) != 1 {
		return errors.New("roster import told nothing")
	}
	tellSummary(d.stdout, result[0])
	return nil
}

// unpack writes the sample's files, with their notice, into a folder of the data directory.
func (d demo) unpack() (string, error) {
	dir := filepath.Join(d.dataDir, "sample")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for name, text := range map[string][]byte{
		"README.md":    []byte(sample.Notice),
		"commands.csv": sample.Commands(),
		"courses.csv":  sample.Courses(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// token makes a token to try the API with, good for a day.
func (d demo) token(ctx context.Context) (string, error) {
	made, err := list[struct{ Token string }](ctx, d, "token", "--subject", "demo", "--role", "staff", "--ttl", "24h")
	if err != nil || len(made) != 1 {
		return "", errors.Join(err, errors.New("roster token told nothing"))
	}
	return made[0].Token, nil
}

// list runs a command of the program and returns the objects that it prints.
func list[T any](ctx context.Context, d demo, command ...string) ([]T, error) {
	printed, err := d.roster(ctx, command...)
	if err != nil {
		return nil, err
	}
	var objects []T
	for lines := json.NewDecoder(bytes.NewReader(printed)); ; {
		var object T
		switch err := lines.Decode(&object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("roster %s: %w", strings.Join(command, " "), err)
		}
		objects = append(objects, object)
	}
}

// roster runs a command of the program and returns the JSON that it prints.
func (d demo) roster(ctx context.Context, command ...string) ([]byte, error) {
	var stdout bytes.Buffer
	code := app.Run(ctx, app.Options{
		Args:   append(d.args(command), "--json"),
		Stdin:  strings.NewReader(""),
		Stdout: &stdout,
		Stderr: d.stderr,
	})
	if code != 0 {
		return nil, fmt.Errorf("roster %s ended with %d: %s", strings.Join(command, " "), code, bytes.TrimSpace(stdout.Bytes()))
	}
	return stdout.Bytes(), nil
}

func (d demo) args(command []string) []string {
	return append([]string{"--data-dir", d.dataDir}, command...)
}
