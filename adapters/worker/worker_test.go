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

var errAway = fmt.Errorf("%w: dial: refused", ports.ErrUnavailable)

// away fails every command until so long from now has passed.
func away(d time.Duration) func(int, ports.Command) error {
	back := time.Now().Add(d)
	return func(int, ports.Command) error {
		if time.Now().Before(back) {
			return errAway
		}
		return nil
	}
}

func TestBatchOfSeveralTenantsIsOneSubmit(t *testing.T) {
	t.Parallel()
	c := newCore()
	var mixed []ports.QueuedCommand
	for i := range 100 {
		mixed = append(mixed, letter("b", i), letter("a", i), letter("c", i))
	}
	c.refuse = func(command ports.Command) domain.Kind {
		if command.By.Tenant == "a" {
			return domain.ErrCourseFull
		}
		return ""
	}
	replies, err := newWorker(c).Handle(t.Context(), mixed)
	if err != nil || len(c.submits) != 1 || len(c.submits[0]) != 300 || c.burials > 0 {
		t.Fatalf("%d submits, %d burials, %v", len(c.submits), c.burials, err)
	}
	if got := c.order(); got != names(letters("b", 100))+" "+names(letters("c", 100)) {
		t.Errorf("done in the order %s", got)
	}
	for i, r := range replies {
		if full := r.Outcomes[0].Refused == domain.ErrCourseFull; full != (mixed[i].Tenant == "a") {
			t.Errorf("letter %d of %s has the reply %+v", i, mixed[i].Tenant, r)
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

// More than a transaction holds may go half-way: what is behind waits for what failed.
func TestOrderHoldsAcrossTransactions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(submit int, _ ports.Command) error {
			if submit%2 == 0 {
				return errAway
			}
			return nil
		}
		all := letters("default", 2500)
		replies, err := newWorker(c).Handle(t.Context(), all)
		if err != nil || len(replies) != 2500 || c.order() != names(all) {
			t.Errorf("%d replies, %v; done %.200s", len(replies), err, c.order())
		}
		for _, s := range c.submits {
			if len(s) > ports.MaxActions {
				t.Errorf("%d at once are more than a transaction holds", len(s))
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
				all := append(letters("default", 100), letter("other", 1))
				replies, err := newWorker(c).Handle(t.Context(), all)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range replies {
					if (r.Err != nil) != (i == 37) {
						t.Errorf("letter %d has the reply %+v", i, r)
					}
				}
				good := append(append([]ports.QueuedCommand(nil), all[:37]...), all[38:100]...)
				if got := strings.TrimSuffix(strings.TrimPrefix(c.order(), "other-1 "), " other-1"); got != names(good) {
					t.Errorf("done %s", got)
				}
				d := c.dead["default"]["id-default-37"]
				if len(c.dead["default"]) != 1 || c.burials != 1 || d.Reason != ports.ErrInternal || d.Attempts != 6 ||
					strings.Contains(d.Detail, "\n") {
					t.Errorf("%d burials: %+v", c.burials, c.dead)
				}
			})
		})
	}
}

func TestStoreIsUnavailableForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, all := newCore(), letters("default", 100)
		c.fail = away(20 * time.Second)
		begun := time.Now()
		replies, err := newWorker(c).Handle(t.Context(), all)
		if err != nil || len(replies) != 100 || c.order() != names(all) || c.burials > 0 {
			t.Fatalf("%d replies, %v, %d burials, done %s", len(replies), err, c.burials, c.order())
		}
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("it is back after 20 s, and was seen after %s", took)
		}
		if n := len(c.submits); n > 12 {
			t.Errorf("it was asked %d times", n)
		}
	})
}

func TestBatchIsReturnedIfTheStoreStaysUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, begun := newCore(), time.Now()
		c.fail = func(int, ports.Command) error { return errAway }
		w := newWorker(c)
		replies, err := w.Handle(t.Context(), letters("default", 3))
		if !errors.Is(err, ports.ErrUnavailable) || !strings.Contains(err.Error(), "refused") || replies != nil || c.burials > 0 {
			t.Errorf("%v, %v, %d burials", replies, err, c.burials)
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("it took %s", took)
		}
		c.fail = nil
		time.Sleep(2 * time.Second)
		if _, err := w.Handle(t.Context(), letters("default", 3)); err != nil || len(c.did) != 3 {
			t.Errorf("when it is back: %v, %d done", err, len(c.did))
		}
	})
}

// A letter that was found to be wrong inside is not buried for it while nobody can tell whether it still is.
func TestNothingIsDeadLetteredWhileTheStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(submit int, _ ports.Command) error {
			if submit < 3 {
				return ports.ErrInternal
			}
			return errAway
		}
		if _, err := newWorker(c).Handle(t.Context(), letters("default", 3)); !errors.Is(err, ports.ErrUnavailable) || c.burials > 0 {
			t.Errorf("%v, %d burials", err, c.burials)
		}
	})
}

func TestBreakerProbesOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		c := newCore()
		c.fail = away(30 * time.Second)
		w := worker.New(c, c, slog.New(slog.NewTextHandler(&told, nil)))
		ended := make(chan error)
		for i := range ports.Partitions {
			go func() {
				_, err := w.Handle(t.Context(), []ports.QueuedCommand{letter("default", i)})
				ended <- err
			}()
		}
		time.Sleep(29 * time.Second)
		c.mu.Lock()
		asked := len(c.submits)
		c.mu.Unlock()
		if asked > ports.Partitions+20 {
			t.Errorf("%d partitions asked %d times in 29 s", ports.Partitions, asked)
		}
		for range ports.Partitions {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if s := told.String(); strings.Count(s, "is away") != 1 || strings.Count(s, "is back") != 1 || len(c.did) != ports.Partitions {
			t.Errorf("%d done; it told\n%s", len(c.did), s)
		}
		t.Logf("%d partitions asked %d times while the store was away", ports.Partitions, asked)
	})
}

func TestBatchWaitsWhileTheBreakerIsOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCore()
		c.fail = func(int, ports.Command) error { return errAway }
		w := newWorker(c)
		handle := func(d time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			_, err := w.Handle(ctx, letters("default", 3))
			return err
		}
		if err := handle(2 * time.Second); !errors.Is(err, ports.ErrUnavailable) {
			t.Error(err)
		}
		asked := len(c.submits)
		if err := handle(time.Second); !errors.Is(err, ports.ErrUnavailable) || len(c.submits) != asked || c.burials > 0 {
			t.Errorf("%v, asked %d times more, %d burials", err, len(c.submits)-asked, c.burials)
		}
		c.fail = nil
		if err := handle(5 * time.Second); err != nil || len(c.did) != 3 {
			t.Errorf("when it is back: %v, done %s", err, c.order())
		}
	})
}

func TestHangingStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := hung{core: newCore()}
		replies, err := worker.New(&c, &c, quiet).Handle(t.Context(), letters("default", 3))
		if err != nil || len(replies) != 3 || c.submitted != 2 {
			t.Errorf("%v, %v after %d submits", replies, err, c.submitted)
		}
	})
}

// A hung core never answers the first Submit before its ctx ends.
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
		"unavailable": errAway, "internal": ports.ErrInternal, "in progress": ports.ErrInProgress,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCore()
				c.fail = func(int, ports.Command) error { return kind }
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				begun := time.Now()
				_, err := newWorker(c).Handle(ctx, letters("default", 3))
				if took := time.Since(begun); !errors.Is(err, ports.ErrUnavailable) || c.burials > 0 || took > 60*time.Millisecond {
					t.Errorf("after %s: %v, %d burials", took, err, c.burials)
				}
			})
		})
	}
}

// What has ended when the end comes is answered, so that it need not come again.
func TestCancellationWaitsForTheRunningSubmit(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := newCore()
	c.refuse = func(ports.Command) domain.Kind {
		cancel()
		return ""
	}
	replies, err := newWorker(c).Handle(ctx, letters("default", 3))
	if err != nil || len(replies) != 3 || len(c.did) != 3 {
		t.Errorf("%v, %v, %d done", replies, err, len(c.did))
	}
}

func TestRedeliveredCommandGetsItsFirstReply(t *testing.T) {
	t.Parallel()
	c := newCore()
	w := newWorker(c)
	for i := range 3 {
		replies, err := w.Handle(t.Context(), letters("default", 2+i))
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range replies {
			if replayed := n < 1+i && i > 0; r.Replayed != replayed || r.Outcomes[0].Standing.Status != domain.Enrolled {
				t.Errorf("hand %d, letter %d: %+v", i, n, r)
			}
		}
	}
	if len(c.did) != 4 {
		t.Errorf("done %s", c.order())
	}
}
