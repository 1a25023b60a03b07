package schedule_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"

	"example.com/roster/adapters/schedule"
	"example.com/roster/ports/portsmock"
)

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		upkeep := portsmock.NewMockUpkeep(gomock.NewController(t))
		begun, rounds := time.Now(), []time.Duration{}
		upkeep.EXPECT().Expire(gomock.Any()).Times(4).DoAndReturn(func(context.Context) (int, error) {
			rounds = append(rounds, time.Since(begun))
			if len(rounds) == 2 {
				return 1, errors.New("the store is away")
			}
			return len(rounds), nil
		})
		var told strings.Builder
		ended := make(chan bool)
		go func() {
			defer close(ended)
			schedule.Run(ctx, upkeep, slog.New(slog.NewTextHandler(&told, nil)))
		}()
		time.Sleep(35 * time.Minute)
		cancel()
		<-ended
		for i, at := range rounds {
			if at != time.Duration(i)*10*time.Minute {
				t.Errorf("round %d was after %s", i, at)
			}
		}
		if s := told.String(); !strings.Contains(s, "the store is away") || strings.Count(s, "removed=") != 4 {
			t.Errorf("it told\n%s", s)
		}
	})
}
