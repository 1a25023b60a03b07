package pgtest

import (
	"errors"
	"fmt"
	"testing"
)

type ending struct {
	testing.TB
	how string
}

func (*ending) Helper()        {}
func (e *ending) Skip(...any)  { e.how = "skipped" }
func (e *ending) Fatal(...any) { e.how = "failed" }

// Only a machine without the programs skips a test that starts servers.
func TestStarted(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"":        nil,
		"skipped": fmt.Errorf("start: %w", ErrNoPrograms),
		"failed":  errors.New("initdb: no space left on device"),
	} {
		e := &ending{TB: t}
		if Started(e, err); e.how != want {
			t.Errorf("%v: %q, want %q", err, e.how, want)
		}
	}
}
