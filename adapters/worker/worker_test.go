package worker_test

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

	"example.com/roster/adapters/worker"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

var errUnavailable = fmt.Errorf("%w: dial: refused", ports.ErrUnavailable)

// unavailableFor makes every command fail for a while.
func unavailableFor(d time.Duration) func(int, ports.Command) error {
	end := time.Now().Add(d) // steady: in a bubble
	return func(int, ports.Command) error {
		if time.Now().Before(end) {
			return errUnavailable
		}
		return nil
	}
}

func TestBatchOfSeveralTenantsIsOneSubmit(t *testing.T) {
	t.Parallel()
	c := newCore()
	var mixed []ports.QueuedCommand
	for i := range 100 {
		mixed = append(mixed, queuedCommand("b", i), queuedCommand("a", i), queuedCommand("c", i))
	}
	c.refuse = func(command ports.Command) domain.Kind {
		if command.By.Tenant == "a" {
			return domain.ErrCourseFull
		}
		return ""
	}
	replies, err := newWorker(c).Handle(t.Context(), mixed)
	if err != nil || len(c.submits) != 1 || len(c.submits[0]) != 300 || c.puts > 0 {
		t.Fatalf("%d submits, %d puts, %v", len(c.submits), c.puts, err)
	}
	if got := c.order(); got != names(queuedCommands("b", 100))+" "+names(queuedCommands("c", 100)) {
		t.Errorf("done in the order %s", got)
	}
	for i, r := range replies {
		if full := r.Outcomes[0].Refused == domain.ErrCourseFull; full != (mixed[i].Tenant == "a") {
			t.Errorf("command %d of %s has the reply %+v", i, mixed[i].Tenant, r)
		}
	}
}

func TestEmptyBatch(t *testing.T) {
	t.Parallel()
	c := newCore()
	if replies, err := newWorker(c).Handle(t.Context(), nil); err != nil || len(replies) > 0 || len(c.submits) > 0 {
		t.Errorf("%v, %v, %d submits", replies, err, len(c.submits))
	}
}

// If a batch needs several transactions, later ones wait for one that failed.
func TestOrderHoldsAcrossTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(submit int, _ ports.Command) error {
			if submit%2 == 0 {
				return errUnavailable
			}
			return nil
		}
		all := queuedCommands("default", 2500)
		replies, err := newWorker(c).Handle(t.Context(), all)
		if err != nil || len(replies) != 2500 || c.order() != names(all) {
			t.Errorf("%d replies, %v; done %.200s", len(replies), err, c.order())
		}
		for _, s := range c.submits {
			if len(s) > ports.MaxActions {
				t.Errorf("%d commands in one Submit, more than a transaction holds", len(s))
			}
		}
	})
}

func TestOnlyThePoisonedCommandIsDeadLettered(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]func(int, ports.Command) error{
		"an error": func(_ int, c ports.Command) error {
			if c.Key == "key-default-37" {
				return fmt.Errorf("%w: no such column", ports.ErrInternal)
			}
			return nil
		},
		"a panic": func(_ int, c ports.Command) error {
			if c.Key == "key-default-37" {
				panic("index out of range")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCore()
				c.fail = poison
				all := append(queuedCommands("default", 100), queuedCommand("other", 1))
				replies, err := newWorker(c).Handle(t.Context(), all)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range replies {
					if (r.Err != nil) != (i == 37) {
						t.Errorf("command %d has the reply %+v", i, r)
					}
				}
				good := append(append([]ports.QueuedCommand(nil), all[:37]...), all[38:100]...)
				if got := strings.TrimSuffix(strings.TrimPrefix(c.order(), "other-1 "), " other-1"); got != names(good) {
					t.Errorf("done %s", got)
				}
				d := c.dead["default"]["id-default-37"]
				if len(c.dead["default"]) != 1 || c.puts != 1 || d.Reason != ports.ErrInternal || d.Attempts != 6 ||
					strings.Contains(d.Detail, "\n") {
					t.Errorf("%d puts: %+v", c.puts, c.dead)
				}
			})
		})
	}
}

func TestStoreIsUnavailableForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, all := newCore(), queuedCommands("default", 100)
		c.fail = unavailableFor(20 * time.Second)
		started := time.Now()
		replies, err := newWorker(c).Handle(t.Context(), all)
		if err != nil || len(replies) != 100 || c.order() != names(all) || c.puts > 0 {
			t.Fatalf("%d replies, %v, %d puts, done %s", len(replies), err, c.puts, c.order())
		}
		if took := time.Since(started); took > 30*time.Second {
			t.Errorf("the store was available after 20 s, the batch was done after %s", took)
		}
		if n := len(c.submits); n > 12 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestBatchIsReturnedIfTheStoreStaysUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, started := newCore(), time.Now()
		c.fail = func(int, ports.Command) error { return errUnavailable }
		w := newWorker(c)
		replies, err := w.Handle(t.Context(), queuedCommands("default", 3))
		if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "refused") || replies != nil || c.puts > 0 {
			t.Errorf("%v, %v, %d puts", replies, err, c.puts)
		}
		if took := time.Since(started); took != time.Minute {
			t.Errorf("it took %s", took)
		}
		c.fail = nil
		time.Sleep(2 * time.Second)
		if _, err := w.Handle(t.Context(), queuedCommands("default", 3)); err != nil || len(c.done) != 3 {
			t.Errorf("when the store is available: %v, %d done", err, len(c.done))
		}
	})
}

// A command with an internal error does not become a dead letter while the store is unavailable, because a retry may succeed.
func TestNothingIsDeadLetteredWhileTheStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(submit int, _ ports.Command) error {
			if submit < 3 {
				return ports.ErrInternal
			}
			return errUnavailable
		}
		if _, err := newWorker(c).Handle(t.Context(), queuedCommands("default", 3)); !errors.Is(err, ports.ErrUnavailable) || c.puts > 0 {
			t.Errorf("%v, %d puts", err, c.puts)
		}
	})
}

func TestBreakerProbesOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := newCore()
		c.fail = unavailableFor(30 * time.Second)
		w := worker.New(c, c, slog.New(slog.NewTextHandler(&log, nil)))
		ended := make(chan error)
		for i := range ports.Partitions {
			go func() {
				_, err := w.Handle(t.Context(), []ports.QueuedCommand{queuedCommand("default", i)})
				ended <- err
			}()
		}
		time.Sleep(29 * time.Second)
		c.mu.Lock()
		attempts := len(c.submits)
		c.mu.Unlock()
		if attempts > ports.Partitions+20 {
			t.Errorf("%d partitions made %d attempts in 29 s", ports.Partitions, attempts)
		}
		for range ports.Partitions {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if s := log.String(); strings.Count(s, "commands paused") != 1 || strings.Count(s, "commands resumed") != 1 || len(c.done) != ports.Partitions {
			t.Errorf("%d done; the log is\n%s", len(c.done), s)
		}
		t.Logf("%d partitions made %d attempts while the store was unavailable", ports.Partitions, attempts)
	})
}

func TestBatchWaitsWhileTheBreakerIsOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(int, ports.Command) error { return errUnavailable }
		w := newWorker(c)
		handle := func(d time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			_, err := w.Handle(ctx, queuedCommands("default", 3))
			return err
		}
		if err := handle(2 * time.Second); !errors.Is(err, ports.ErrUnavailable) {
			t.Error(err)
		}
		attempts := len(c.submits)
		if err := handle(time.Second); !errors.Is(err, ports.ErrUnavailable) || len(c.submits) != attempts || c.puts > 0 {
			t.Errorf("%v, %d more attempts, %d puts", err, len(c.submits)-attempts, c.puts)
		}
		c.fail = nil
		if err := handle(5 * time.Second); err != nil || len(c.done) != 3 {
			t.Errorf("when the store is available: %v, done %s", err, c.order())
		}
	})
}

func TestHangingStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := hung{core: newCore()}
		replies, err := worker.New(&c, &c, quiet).Handle(t.Context(), queuedCommands("default", 3))
		if err != nil || len(replies) != 3 || c.submitted != 2 {
			t.Errorf("%v, %v after %d submits", replies, err, c.submitted)
		}
	})
}

// A hung core does not answer the first Submit before its ctx ends.
type hung struct {
	*core
	submitted int
}

func (h *hung) Submit(ctx context.Context, commands ...ports.Command) []ports.Reply {
	if h.submitted++; h.submitted == 1 {
		<-ctx.Done()
	}
	return h.core.Submit(ctx, commands...)
}

func TestCancellationReturnsTheBatch(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]error{
		"unavailable": errUnavailable, "internal": ports.ErrInternal, "in progress": ports.ErrInProgress,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCore()
				c.fail = func(int, ports.Command) error { return kind }
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				started := time.Now()
				_, err := newWorker(c).Handle(ctx, queuedCommands("default", 3))
				if took := time.Since(started); !errors.Is(err, ports.ErrUnavailable) || c.puts > 0 || took > 60*time.Millisecond {
					t.Errorf("after %s: %v, %d puts", took, err, c.puts)
				}
			})
		})
	}
}

// If ctx ends during a Submit that succeeds, the commands are answered and need no redelivery.
func TestCancellationWaitsForTheRunningSubmit(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := newCore()
	c.refuse = func(ports.Command) domain.Kind {
		cancel()
		return ""
	}
	replies, err := newWorker(c).Handle(ctx, queuedCommands("default", 3))
	if err != nil || len(replies) != 3 || len(c.done) != 3 {
		t.Errorf("%v, %v, %d done", replies, err, len(c.done))
	}
}

func TestRedeliveredCommandGetsItsFirstReply(t *testing.T) {
	t.Parallel()
	c := newCore()
	w := newWorker(c)
	for i := range 3 {
		replies, err := w.Handle(t.Context(), queuedCommands("default", 2+i))
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range replies {
			if replayed := n < 1+i && i > 0; r.Replayed != replayed || r.Outcomes[0].Standing.Status != domain.Enrolled {
				t.Errorf("delivery %d, command %d: %+v", i, n, r)
			}
		}
	}
	if len(c.done) != 4 {
		t.Errorf("done %s", c.order())
	}
}
