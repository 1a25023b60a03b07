package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/roster/cmd/demo/sample"
	"example.com/roster/cmd/roster/app"
)

// A demo is one run of the command.
type demo struct {
	dataDir        string
	addresses      []address
	program        string // how to start roster, for the instructions
	stdout, stderr io.Writer
}

// run checks the addresses, loads the rest of the sample, prints the courses, and serves until ctx ends.
func (d demo) run(ctx context.Context) error {
	if err := available(ctx, d.addresses); err != nil {
		return err
	}
	courses, err := list[course](ctx, d, "course", "list")
	if err != nil {
		return err
	}
	if loaded(courses) {
		fmt.Fprintln(d.stdout, "The sample is already loaded.")
	} else {
		if err := d.load(ctx, courses); err != nil {
			return err
		}
		if courses, err = list[course](ctx, d, "course", "list"); err != nil {
			return err
		}
	}
	printCourses(d.stdout, courses)
	try, err := d.suggest(ctx, courses)
	if err != nil {
		return err
	}
	if try.token, err = d.token(ctx); err != nil {
		return err
	}
	serve := []string{"serve"}
	for _, a := range d.addresses {
		serve = append(serve, a.flag, a.hostPort)
	}
	code := app.Run(ctx, app.Options{
		Args:   d.args(serve),
		Stdin:  strings.NewReader(""),
		Stdout: d.stdout,
		Stderr: d.stderr,
		Ready:  func(addr string) { printInstructions(d.stdout, d.program, addr, try) },
	})
	if code != 0 {
		return fmt.Errorf("roster serve exited with %d", code)
	}
	return nil
}

// loaded reports whether all of the sample's changes are in the store. Each course numbers its changes without a gap, so the sum of
// the sequences is the number of changes; changes that users make later only add to it.
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

// token returns a staff token that is valid for a day.
func (d demo) token(ctx context.Context) (string, error) {
	tokens, err := list[struct{ Token string }](ctx, d, "token", "--subject", "demo", "--role", "staff", "--ttl", "24h")
	if err != nil || len(tokens) != 1 {
		return "", errors.Join(err, errors.New("roster token printed no token"))
	}
	return tokens[0].Token, nil
}

// list runs a roster command and returns the JSON objects that it prints.
func list[T any](ctx context.Context, d demo, command ...string) ([]T, error) {
	printed, err := d.roster(ctx, command...)
	if err != nil {
		return nil, err
	}
	var objects []T
	for decoder := json.NewDecoder(bytes.NewReader(printed)); ; {
		var object T
		switch err := decoder.Decode(&object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("roster %s: %w", strings.Join(command, " "), err)
		}
		objects = append(objects, object)
	}
}

// roster runs a roster command and returns the JSON that it prints, or the error of ctx if that ended it.
func (d demo) roster(ctx context.Context, command ...string) ([]byte, error) {
	var stdout bytes.Buffer
	code := app.Run(ctx, app.Options{
		Args:   append(d.args(command), "--json"),
		Stdin:  strings.NewReader(""),
		Stdout: &stdout,
		Stderr: d.stderr,
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if code != 0 {
		return nil, fmt.Errorf("roster %s exited with %d: %s", strings.Join(command, " "), code, bytes.TrimSpace(stdout.Bytes()))
	}
	return stdout.Bytes(), nil
}

func (d demo) args(command []string) []string {
	return append([]string{"--data-dir", d.dataDir}, command...)
}
