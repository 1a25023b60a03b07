package portstest

import "testing"

// A Case is one promise of a port, to be kept by what an O opens.
type Case[O any] struct {
	Name string
	Rule string // from the port's comments
	Run  func(t testing.TB, open O)
}

// test runs the cases of a suite, all at once.
func test[O any](t *testing.T, cases []Case[O], open O) {
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule: %s", c.Rule)
				}
			})
			c.Run(t, open)
		})
	}
}
