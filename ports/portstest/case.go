package portstest

import "testing"

// A Case tests one promise of a port on what an O opens.
type Case[O any] struct {
	Name string
	Rule string // quotations from the comments of package ports
	Run  func(t testing.TB, open O)
}

// test runs the cases of a suite in parallel.
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
