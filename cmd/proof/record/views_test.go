package record_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/roster/ports/portstest"
)

// lasting returns the functions that goroutines of a process run when nothing is left to do: when three looks one after another, some
// time apart, agree.
func (p *process) lasting(t testing.TB) (names []string) {
	t.Helper()
	same := 0
	portstest.Eventually(t, p.name+" has nothing left to do", func() bool {
		now := p.goroutines(t)
		if same++; !slices.Equal(now, names) {
			names, same = now, 0
		}
		return same == 20
	})
	return names
}

func requireProcessView(t *testing.T, i *installation, seen *observation) {
	t.Log(seen.commands, seen.dialled)
	t.Log(strings.Join(seen.goroutines["serve"], "\n"))
	t.Log(strings.Join(seen.goroutines["worker"], "\n"))
}
