package membus_test

import (
	"testing"

	"example.com/roster/adapters/membus"
	"example.com/roster/ports"
	"example.com/roster/ports/portstest"
)

func TestBus(t *testing.T) {
	t.Parallel()
	portstest.TestBus(t, func(testing.TB) portstest.Bus {
		b := membus.New()
		return portstest.Bus{
			Publisher: b,
			Queue:     b,
			Join:      func(testing.TB) ports.Queue { return b },
			Published: func(testing.TB) []ports.Message { return b.Published() },
			Replied:   func(testing.TB) []string { return keys(b.Replies()) },
		}
	})
}

func keys(answers []membus.Answer) (keys []string) {
	for _, a := range answers {
		keys = append(keys, a.Letter.Command.Key)
	}
	return keys
}
