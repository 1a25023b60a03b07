package importer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/roster/adapters/importer"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A queue is a fake of a queue. Its first Sends fail, and each of those stores half of its commands.
type queue struct {
	ports.Queue
	failures int
	sent     []ports.Command
}

func (q *queue) Send(_ context.Context, commands []ports.Command) (int, error) {
	if q.failures > 0 {
		q.failures--
		q.sent = append(q.sent, commands[:len(commands)/2]...)
		return 0, fmt.Errorf("the broker: %w", ports.ErrUnavailable)
	}
	q.sent = append(q.sent, commands...)
	return len(commands), nil
}

// once returns the commands sent, each key once, in order of the first Send.
func (q *queue) once() (keys []string, commands []ports.Command) {
	for _, c := range q.sent {
		if !slices.Contains(keys, c.Key) {
			keys, commands = append(keys, c.Key), append(commands, c)
		}
	}
	return keys, commands
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rows = 2500
		var text strings.Builder
		text.WriteString(header)
		for i := range rows {
			fmt.Fprintf(&text, "go,l-%d,\n", i)
		}
		text.WriteString("go,l-0,withdraw\ngo,l-1,dance\n")
		enqueue := func(q *queue, o importer.Options) importer.Summary {
			t.Helper()
			summary, err := importer.Enqueue(t.Context(), q, nil, by, strings.NewReader(text.String()), o)
			if err != nil {
				t.Fatal(err)
			}
			return summary
		}
		q := &queue{failures: 3}
		got := enqueue(q, importer.Options{})
		if got.Rows != rows+2 || got.Outcomes["queued"] != rows+1 || got.Outcomes["invalid_row"] != 1 || got.Rejected != 1 || got.Failed != 0 {
			t.Errorf("enqueue says %+v", got)
		}
		keys, commands := q.once()
		if len(commands) != rows+1 {
			t.Fatalf("%d commands were sent, want %d", len(commands), rows+1)
		}
		for i, c := range commands[:rows] {
			want := ports.Enroll{Course: "go", Learner: domain.LearnerID(fmt.Sprint("l-", i))}
			if len(c.Actions) != 1 || c.Actions[0] != want || c.By != by {
				t.Fatalf("command %d is %+v, want %+v", i, c, want)
			}
		}
		if last := commands[rows].Actions[0]; last != (ports.Withdraw{Course: "go", Learner: "l-0"}) {
			t.Errorf("the last is %+v", last)
		}

		again := &queue{}
		enqueue(again, importer.Options{})
		if same, _ := again.once(); !slices.Equal(same, keys) {
			t.Error("the same file has other keys the second time, so its commands would take effect twice")
		}
		enqueue(again, importer.Options{Again: true})
		if all, _ := again.once(); len(all) != 2*len(keys) {
			t.Errorf("with --again there are %d keys, want %d", len(all), 2*len(keys))
		}
	})
}

func TestEnqueueStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got, err := importer.Enqueue(t.Context(), &queue{failures: 1000}, nil, by, strings.NewReader(header+"go,ada,\n"), importer.Options{})
		if !errors.Is(err, ports.ErrUnavailable) || got.Failed != 1 {
			t.Errorf("without a broker: %+v, %v", got, err)
		}
	})
}
