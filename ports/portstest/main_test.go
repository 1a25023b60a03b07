package portstest_test

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"example.com/roster/ports/portstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caught requires that the named case passes on what is whole, and fails on what is broken. In a bubble, a case that waits for what
// does not happen takes no time.
func caught[O any](t *testing.T, cases []portstest.Case[O], name string, whole, broken O) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range cases {
			if c.Name != name {
				continue
			}
			c.Run(t, whole)
			failure := portstest.FailureOf(t, func(t testing.TB) { c.Run(t, broken) })
			if failure == "" {
				t.Errorf("%q does not catch it", name)
			}
			t.Logf("%q says: %s", name, failure)
			return
		}
		t.Errorf("there is no case %q", name)
	})
}
