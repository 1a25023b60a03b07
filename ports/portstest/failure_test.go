package portstest_test

import (
	"fmt"
	"testing"

	"example.com/roster/ports/portstest"
)

// FailureOf returns the first failure, however the test reports it. The test that calls it does not fail.
func TestFailureOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    func(testing.TB)
		want string
	}{
		{func(testing.TB) {}, ""},
		{func(t testing.TB) { t.Error("x", 1); t.Errorf("y") }, "x1"},
		{func(t testing.TB) { t.Errorf("x%d", 1); t.Error("y") }, "x1"},
		{func(t testing.TB) { t.Fatal("x"); t.Error("y") }, "x"},
		{func(t testing.TB) { t.Fatalf("x%d", 1); t.Error("y") }, "x1"},
		{func(t testing.TB) { t.FailNow(); t.Error("y") }, "failed without a text"},
		{func(t testing.TB) { t.Fail(); t.Error("y") }, "failed without a text"},
		{func(t testing.TB) { t.Error(""); t.Skip("y") }, "failed without a text"},
		{func(testing.TB) { panic("x") }, "panic: x"},
	} {
		if got := portstest.FailureOf(t, c.f); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// If the test is skipped, the test that calls FailureOf is, too: nothing has shown that a case fails.
func TestFailureOfSkipped(t *testing.T) {
	t.Parallel()
	for want, skip := range map[string]func(testing.TB){
		"x1":                     func(t testing.TB) { t.Skip("x", 1) },
		"y1":                     func(t testing.TB) { t.Skipf("y%d", 1) },
		"skipped without a text": func(t testing.TB) { t.SkipNow() },
	} {
		caller := &skipping{TB: t}
		failure := portstest.FailureOf(caller, func(t testing.TB) {
			portstest.FailureOf(t, skip)
			t.Error("the caller goes on")
		})
		if caller.reason != want || failure != "" {
			t.Errorf("skipped with %q and failed with %q, want %q and no failure", caller.reason, failure, want)
		}
	}
}

// skipping is a testing.TB that keeps the reason why it is skipped.
type skipping struct {
	testing.TB
	reason string
}

func (s *skipping) Skip(args ...any) { s.reason = fmt.Sprint(args...) }
