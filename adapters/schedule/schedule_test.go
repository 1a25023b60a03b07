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

// turns are those of one store: there is one, whoever asks. While the store is away there is none.
type turns struct {
	turn chan struct{}
	away atomic.Bool
	lose atomic.Pointer[context.CancelCauseFunc] // takes the turn from who has it
}

func newTurns() *turns { return &turns{turn: make(chan struct{}, 1)} }

func (t *turns) WithLock(ctx context.Context, name string, do func(context.Context) error) error {
	if t.away.Load() || name != "schedule" {
		return fmt.Errorf("%w: %s: connection refused", ports.ErrUnavailable, name)
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return ports.ErrUnavailable
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	t.lose.Store(&lose)
	return do(ctx)
}

// A process runs the schedule until it is ended.
type process struct {
	end    func()
	rounds []time.Duration // when it expired replies
	purged int
	told   bytes.Buffer
}

// start runs a process on the turns. Its second expiry and its first purge fail.
func start(t *testing.T, turns ports.Locker) *process {
	ctx, cancel := context.WithCancel(t.Context())
	p, begun := &process{}, time.Now()
	upkeep := portsmock.NewMockMaintenance(gomock.NewController(t))
	upkeep.EXPECT().Expire(gomock.Any()).AnyTimes().DoAndReturn(func(context.Context) (int, error) {
		p.rounds = append(p.rounds, time.Since(begun))
		if len(p.rounds) == 2 {
			return 1, errors.New("the store is away")
		}
		return len(p.rounds), nil
	})
	upkeep.EXPECT().Purge(gomock.Any()).AnyTimes().DoAndReturn(func(context.Context) (int, error) {
		if p.purged++; p.purged == 1 {
			return 0, errors.New("a journal is odd")
		}
		return 0, nil
	})
	ended := make(chan bool)
	go func() {
		defer close(ended)
		schedule.Run(ctx, upkeep, turns, slog.New(slog.NewTextHandler(&p.told, nil)))
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
		p := start(t, newTurns())
		time.Sleep(35 * time.Minute)
		p.end()
		if !slices.Equal(p.rounds, minutes(0, 10, 20, 30)) || p.purged != 4 {
			t.Errorf("expired after %v, purged %d times", p.rounds, p.purged)
		}
		told := p.told.String()
		for _, want := range []string{"the store is away", "a journal is odd"} {
			if strings.Count(told, want) != 1 {
				t.Errorf("want %q once; it told\n%s", want, told)
			}
		}
		if strings.Count(told, "removed=") != 5 || strings.Contains(told, "no turn") {
			t.Errorf("it told\n%s", told)
		}
	})
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newTurns()
		first := start(t, shared)
		synctest.Wait()
		second := start(t, shared)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if len(second.rounds) > 0 {
			t.Errorf("two at once: the second after %v", second.rounds)
		}
		first.end()
		time.Sleep(12 * time.Minute)
		second.end()
		if !slices.Equal(first.rounds, minutes(0, 10)) || !slices.Equal(second.rounds, minutes(15, 25)) ||
			first.purged != 2 || second.purged != 2 {
			t.Errorf("the first after %v, the second after %v", first.rounds, second.rounds)
		}
		if told := first.told.String() + second.told.String(); strings.Contains(told, "no turn") {
			t.Errorf("they told\n%s", told)
		}
	})
}

func TestLostLockIsReacquired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newTurns()
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
		if told := p.told.String(); strings.Count(told, "no turn") != 2 || strings.Count(told, "connection reset") != 2 {
			t.Errorf("it told\n%s", told)
		}
	})
}

func TestUnavailableLockIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newTurns()
		shared.away.Store(true)
		p := start(t, shared)
		time.Sleep(10*time.Minute + time.Second)
		shared.away.Store(false)
		time.Sleep(time.Minute)
		p.end()
		if !slices.Equal(p.rounds, minutes(10.5)) {
			t.Errorf("it expired after %v", p.rounds)
		}
		if told := p.told.String(); strings.Count(told, "no turn") != 1 {
			t.Errorf("it told\n%s", told)
		}
	})
}
