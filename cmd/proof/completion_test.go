package proof_test

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
	"example.com/roster/cmd/roster/app"
)

// completeCourse runs what a shell runs to complete the course of a command, and returns the ids that the program offers.
func completeCourse(t *testing.T, timeout time.Duration, prefix string, flags ...string) (ids []string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := app.Run(t.Context(), app.Options{
		Args: append(append([]string{"__complete"}, flags...), "enroll", prefix), Stdout: &out, Stderr: &errs, Completion: timeout,
	})
	before, rest, found := strings.Cut(out.String(), ":4\n")
	if code != 0 || !found || rest != "" || strings.Contains(errs.String(), "roster:") {
		t.Errorf("exit %d\n%s%s", code, &out, &errs)
	}
	for line := range strings.Lines(before) {
		id, _, _ := strings.Cut(line, "\t")
		ids = append(ids, id)
	}
	return ids
}

// Completion reads as a user who may only read, and connects to no other address.
func TestCompletionOnlyReadsPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "postgres")
	for _, id := range []string{"go-1", "go-10", "rust"} {
		s.must(t, "", "course", "put", id, "--title", "T", "--capacity", "1")
	}
	before := dump(t, s.open(t))
	if got := completeCourse(t, 2*time.Minute, "go-1", "--database-url", s.url); !slices.Equal(got, []string{"go-1", "go-10"}) {
		t.Errorf("offered %q", got)
	}
	refused, silent := "postgres://127.0.0.1:1/roster", silentDatabase(t)
	reader := pgtest.User(t, s.url, "roster_read")
	for _, writer := range []string{refused, silent} {
		got := completeCourse(t, 2*time.Minute, "", "--database-url", writer, "--database-read-url", reader)
		if !slices.Equal(got, []string{"go-1", "go-10", "rust"}) {
			t.Errorf("offered %q", got)
		}
	}
	if after := dump(t, s.open(t)); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// silentDatabase returns the address of a server that accepts connections and never answers.
func silentDatabase(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return "postgres://roster@" + l.Addr().String() + "/roster?sslmode=disable"
}

// Completion ends, with nothing to offer, if the server does not answer or has no tables; it makes none.
func TestCompletionWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	empty := pgtest.Database(t, nil)
	for url, timeout := range map[string]time.Duration{
		"postgres://127.0.0.1:1/roster": 2 * time.Minute, silentDatabase(t): time.Millisecond, empty: 2 * time.Minute,
	} {
		if got := completeCourse(t, timeout, "", "--database-url", url); got != nil {
			t.Errorf("%s: offered %q", url, got)
		}
	}
	if schema, err := postgres.ReadSchema(t.Context(), empty); err != nil || schema.Version != 0 {
		t.Errorf("the empty database has version %d, %v", schema.Version, err)
	}
}
