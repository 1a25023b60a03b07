package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A check that hangs ends in time, even if it ignores its context. The checks after it are not tried.
func TestCheckThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		tried := false
		results := runChecks(t.Context(), []check{
			{name: "one", flag: "--one", try: func(context.Context) (string, error) { <-release; return "", nil }},
			{name: "two", try: func(context.Context) (string, error) { tried = true; return "", nil }},
		}, 5*time.Second)
		want := []string{"one: no answer within 5s -> check the address in --one, and what is on the way to it", "two: not tried, because of one"}
		if len(results) != 2 || results[0].text() != want[0] || results[1].text() != want[1] || tried {
			t.Errorf("%+v", results)
		}
	})
}

// After a check that found something, the others are tried; a final one is not.
func TestChecksGoOn(t *testing.T) {
	t.Parallel()
	fine := func(context.Context) (string, error) { return "yes", nil }
	results := runChecks(t.Context(), []check{
		{name: "one", try: func(context.Context) (string, error) { return "", wrong("do this", "a\n\tb\nb") }},
		{name: "two", try: fine}, {name: "three", try: func(context.Context) (string, error) { return "", errors.New("no") }},
		{name: "four", try: fine, final: true},
	}, 2*time.Minute)
	var lines []string
	for _, r := range results {
		lines = append(lines, r.text())
	}
	if got := strings.Join(lines, "\n"); got != "one: a b -> do this\ntwo: fine, yes\nthree: no\nfour: not tried, because of one" {
		t.Error(got)
	}
}

func TestClocks(t *testing.T) {
	t.Parallel()
	before := time.Now()
	after := before.Add(time.Minute)
	for _, c := range []struct {
		clock time.Time
		wrong string
	}{
		{before.Add(-maxSkew), ""}, {before, ""}, {after, ""}, {after.Add(maxSkew), ""},
		{before.Add(-maxSkew - time.Second), "this machine's clock is 6s from theirs"},
		{after.Add(time.Hour), "this machine's clock is 1h0m0s from theirs"},
	} {
		if _, err := tryClock("theirs", "all", before, c.clock, after); (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong {
			t.Errorf("%v: %v", c.clock.Sub(before), err)
		}
	}
}

// Without other machines, doctor tries the files, and makes none.
func TestDoctorOfOneMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--data-dir", filepath.Join(dir, "new")}, 0, "database: fine, " + filepath.Join(dir, "new", "roster.db") + " is not there yet: serve creates it\n"},
		{[]string{"--data-dir", file}, 4, "disk: " + file + " cannot be written: "},
		{[]string{"--data-dir", dir, "--database-url", "sqlite:" + file}, 4, " -> restore it from a backup, or name another with --database-url\n"},
		{[]string{"--data-dir", dir, "--database-url", "memory:"}, 0, "database: fine, in memory: "},
	} {
		var out, stderr bytes.Buffer
		code := Run(t.Context(), Options{Args: append([]string{"doctor"}, c.args...), Check: 2 * time.Minute, Stdout: &out, Stderr: &stderr})
		if code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: exit %d\n%s%s", c.args, code, &out, &stderr)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}
