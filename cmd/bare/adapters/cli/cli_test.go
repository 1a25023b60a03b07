package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"example.com/roster/cmd/bare/adapters/cli"
	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

var by = ports.Actor{Tenant: "default", Subject: "cli:ada", Role: ports.Staff}

// A result is what a user sees of one run.
type result struct {
	out, err string
	exit     int
}

// run executes a command line on service, in a root command like a program's.
func run(t *testing.T, service ports.Service, words ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	session := &cli.Session{Context: t.Context(), Service: service, By: by, Out: &out, Err: &errs}
	parsed := false
	open := func() (*cli.Session, error) { parsed = true; return session, nil }
	root := cli.Group("roster", "", cli.Commands(open)...)
	root.PersistentFlags().BoolVar(&session.JSON, "json", false, "")
	root.SetArgs(append([]string{}, words...)) // never nil: cobra would read the test's own arguments
	err := root.Execute()
	if !parsed {
		err = cli.UsageError{Detail: err.Error()}
	}
	exit := session.Report(err)
	return result{out.String(), errs.String(), exit}
}

func TestEveryKindHasAnExitCodeAndAnExplanation(t *testing.T) {
	t.Parallel()
	want := map[domain.Kind]int{
		"internal": 1, "invalid_argument": 2, "unauthenticated": 2, "forbidden": 2,
		"not_found": 3, "unavailable": 4,
	}
	for _, kind := range ports.Kinds() {
		var errs bytes.Buffer
		err := fmt.Errorf("submit: %w: the disk\nis full", kind)
		exit := (&cli.Session{Err: &errs}).Report(err)
		if code, ok := want[kind]; !ok || exit != code {
			t.Errorf("%s: exit %d, want %d", kind, exit, code)
		}
		line := errs.String()
		if !strings.HasPrefix(line, "roster: ") || !strings.HasSuffix(line, " ("+string(kind)+")\n") || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: %q", kind, line)
		}
		if strings.HasPrefix(line, "roster:  (") {
			t.Errorf("%s is not explained", kind)
		}
	}
	if len(want) != len(ports.Kinds()) {
		t.Errorf("%d kinds, want %d", len(ports.Kinds()), len(want))
	}
	if session := (&cli.Session{Err: io.Discard}); session.Report(nil) != 0 || session.Report(errors.New("a defect")) != 1 {
		t.Error("nil must give 0, an error without a kind 1")
	}
	if exit := (&cli.Session{Err: io.Discard}).Report(domain.Kind("of_your_own")); exit != 3 {
		t.Errorf("a kind without an explanation: exit %d, want 3", exit)
	}
}
