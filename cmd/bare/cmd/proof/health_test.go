package proof_test

import "testing"

// The program serves, reports its health, and authenticates callers.
func TestHealth(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		c := s.client(t)
		for path, want := range map[string]int{"/": 200, "/healthz": 200, "/readyz": 200, "/openapi.json": 200, "/docs": 200, "/v1/nothing": 404} {
			if status, _, body, err := c.do("GET", path, "", ""); err != nil || status != want {
				t.Errorf("GET %s: %d, %v, want %d\n%s", path, status, err, want, body)
			}
		}
	})
}

// Every command has a help text, and wrong use exits with code 2.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, s system) {
		s.must(t, "", "version", "--json")
		for _, args := range [][]string{{"nothing"}, {"serve", "--addr", "0.0.0.0:0"}, {"token", "--subject", "me", "--role", "nobody"}} {
			if r := s.run(t, "", args...); r.code != 2 || r.stdout != "" {
				t.Errorf("%q: exit %d, want 2\n%s%s", args, r.code, r.stdout, r.stderr)
			}
		}
	})
}
