package observe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/roster/adapters/observe"
	"example.com/roster/ports"
)

// A publisher that acknowledges one message of a batch.
type partialPublisher struct {
	ports.Publisher
	fails error
}

func (h partialPublisher) Publish(context.Context, []ports.Message) (int, error) { return 1, h.fails }

func TestMeasuresTheBus(t *testing.T) {
	t.Parallel()
	fails := fmt.Errorf("%w: %s", ports.ErrUnavailable, secret)
	s := newFixture(t)
	if n, err := s.Publisher(partialPublisher{fails: fails}).Publish(t.Context(), make([]ports.Message, 2)); n != 1 || !errors.Is(err, fails) {
		t.Errorf("published %d, %v", n, err)
	}
	handle := s.QueueHandler(func(context.Context, []ports.QueuedCommand) ([]ports.Reply, error) {
		return make([]ports.Reply, 3), fails
	})
	if replies, err := handle(t.Context(), make([]ports.QueuedCommand, 3)); len(replies) != 3 || !errors.Is(err, fails) {
		t.Errorf("handled: %v, %v", replies, err)
	}
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	s.Backlog(func() time.Time { return now }, func(context.Context) (ports.Backlog, error) {
		return ports.Backlog{Messages: 4, Oldest: now.Add(-90 * time.Second)}, nil
	})
	s.want(map[string]string{
		"roster_bus_duration_seconds{call=publish,kind=unavailable}": "1",
		"roster_bus_duration_seconds{call=handle,kind=unavailable}":  "1",
		"roster_events_published_total{}":                            "1",
		"roster_queue_letters{}":                                     "1, 3",
		"roster_outbox_backlog{}":                                    "4",
		"roster_outbox_lag_seconds{}":                                "90",
	})
	if spans := s.end(); len(spans) != 5 {
		t.Errorf("%d spans, want 5: one for each call and for each queued command", len(spans))
	}
}

// A failing backlog is logged and not shown, and does not hide the other metrics.
func TestBacklogFails(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newFixture(t, observe.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	defer s.end()
	fails := func(context.Context) (ports.Backlog, error) { return ports.Backlog{}, ports.ErrUnavailable }
	s.Backlog(time.Now, fails)
	s.Cache(func() (uint64, uint64) { return 7, 8 })
	s.want(map[string]string{
		"roster_outbox_backlog{}": "", "roster_outbox_lag_seconds{}": "", "roster_cache_reads_total{result=hit}": "7",
	})
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "unavailable") {
		t.Errorf("the log has %q", log.String())
	}
}

// While the database hangs, the other metrics are shown in time.
func TestBacklogHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newFixture(t, observe.WithLog(slog.New(slog.DiscardHandler)))
		defer s.end()
		s.Backlog(time.Now, func(ctx context.Context) (ports.Backlog, error) {
			if _, ends := ctx.Deadline(); !ends {
				t.Error("it may take any time")
				return ports.Backlog{}, ports.ErrUnavailable
			}
			<-ctx.Done()
			return ports.Backlog{}, ctx.Err()
		})
		s.Cache(func() (uint64, uint64) { return 7, 8 })
		begin := time.Now()
		s.want(map[string]string{"roster_outbox_backlog{}": "", "roster_cache_reads_total{result=hit}": "7"})
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
