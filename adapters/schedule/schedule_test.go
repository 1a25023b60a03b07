package schedule_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"
	"go.uber.org/goleak"

	"example.com/roster/adapters/schedule"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLocker is the locker of one store, with one lock. While the store is unavailable, so is the lock.
type fakeLocker struct {
	lock        chan struct{}
	unavailable atomic.Bool
	lose        atomic.Pointer[context.CancelCauseFunc] // takes the lock from its holder
}

func newLocker() *fakeLocker { return &fakeLocker{lock: make(chan struct{}, 1)} }

func (l *fakeLocker) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	if l.unavailable.Load() || name != "schedule" {
		return fmt.Errorf("%w: %s: connection refused", ports.ErrUnavailable, name)
	}
	select {
	case l.lock <- struct{}{}:
		defer func() { <-l.lock }()
	case <-ctx.Done():
		return ports.ErrUnavailable
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	l.lose.Store(&lose)
	return do(ctx)
}

// A process runs the schedule until end is called.
type process struct {
	end    func()
	rounds []time.Duration // when it expired replies, since its start
	purged int
	log    bytes.Buffer
}

// start runs a process with a locker. Its second expiry and its first purge fail.
func start(t *testing.T, locker ports.Locker) *process {
	ctx, cancel := context.WithCancel(t.Context())
	p, started := &process{}, time.Now()
	maintenance := portsmock.NewMockMaintenance(gomock.NewController(t))
	maintenance.EXPECT().Expire(gomock.Any()).AnyTimes().DoAndReturn(func(context.Context) (int, error) {
		p.rounds = append(p.rounds, time.Since(started))
		if len(p.rounds) == 2 {
			return 1, errors.New("store unavailable")
		}
		return len(p.rounds), nil
	})
	maintenance.EXPECT().Purge(gomock.Any()).AnyTimes().DoAndReturn(func(context.Context) (int, error) {
		if p.purged++; p.purged == 1 {
			return 0, errors.New("purge failed")
		}
		return 0, nil
	})
	ended := make(chan bool)
	go func() {
		defer close(ended)
		schedule.Run(ctx, maintenance, locker, slog.New(slog.NewTextHandler(&p.log, nil)))
	}()
	p.end = func() {
		cancel()
		<-ended
	}
	return p
}

func minutes(all ...float64) (rounds []time.Duration) {
	for _, m := range all {
		rounds = append(rounds, time.Duration(m*float64(time.Minute)))
	}
	return rounds
}

func TestJobsRunEveryTenMinutesAndIndependently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, newLocker())
		time.Sleep(35 * time.Minute)
		p.end()
		if !slices.Equal(p.rounds, minutes(0, 10, 20, 30)) || p.purged != 4 {
			t.Errorf("expired after %v, purged %d times", p.rounds, p.purged)
		}
		log := p.log.String()
		for _, want := range []string{"store unavailable", "purge failed"} {
			if strings.Count(log, want) != 1 {
				t.Errorf("want %q once; the log is\n%s", want, log)
			}
		}
		if strings.Count(log, "removed=") != 5 || strings.Contains(log, "scheduler lock") {
			t.Errorf("the log is\n%s", log)
		}
	})
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newLocker()
		first := start(t, shared)
		synctest.Wait()
		second := start(t, shared)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if len(second.rounds) > 0 {
			t.Errorf("two processes ran at once: the second after %v", second.rounds)
		}
		first.end()
		time.Sleep(12 * time.Minute)
		second.end()
		if !slices.Equal(first.rounds, minutes(0, 10)) || !slices.Equal(second.rounds, minutes(15, 25)) ||
			first.purged != 2 || second.purged != 2 {
			t.Errorf("the first after %v, the second after %v", first.rounds, second.rounds)
		}
		if log := first.log.String() + second.log.String(); strings.Contains(log, "scheduler lock") {
			t.Errorf("the logs are\n%s", log)
		}
	})
}

func TestLostLockIsReacquired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newLocker()
		p := start(t, shared)
		for range 2 {
			time.Sleep(5 * time.Minute)
			(*shared.lose.Load())(errors.New("connection reset"))
		}
		time.Sleep(12 * time.Minute)
		p.end()
		if !slices.Equal(p.rounds, minutes(0, 5.5, 10.5, 20.5)) {
			t.Errorf("it expired after %v", p.rounds)
		}
		if log := p.log.String(); strings.Count(log, "scheduler lock") != 2 || strings.Count(log, "connection reset") != 2 {
			t.Errorf("the log is\n%s", log)
		}
	})
}

func TestUnavailableLockIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newLocker()
		shared.unavailable.Store(true)
		p := start(t, shared)
		time.Sleep(10*time.Minute + time.Second)
		shared.unavailable.Store(false)
		time.Sleep(time.Minute)
		p.end()
		if !slices.Equal(p.rounds, minutes(10.5)) {
			t.Errorf("it expired after %v", p.rounds)
		}
		if log := p.log.String(); strings.Count(log, "scheduler lock") != 1 {
			t.Errorf("the log is\n%s", log)
		}
	})
}
