package cli_test

import (
	"testing"

	"github.com/golang/mock/gomock"

	"example.com/roster/domain"
	"example.com/roster/ports"
	"example.com/roster/ports/portsmock"
)

func TestForget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words string
		done  ports.Forgotten
		err   error
		want  result
	}{
		{"ada", ports.Forgotten{Standings: 1, Events: 2, Replies: 3, DeadLetters: 4}, nil,
			result{out: "forgotten: the id was in 1 standings, 2 events, 3 replies and 4 dead letters\n"}},
		{"ada --json", ports.Forgotten{Standings: 1, Events: 2, Replies: 3, DeadLetters: 4}, nil, result{out: `{"standings":1,"events":2,"replies":3,"deadLetters":4}` + "\n"}},
		{"ada", ports.Forgotten{}, ports.ErrForbidden, result{err: "roster: you may not do this: forbidden (forbidden)\n", exit: 2}},
	} {
		service := portsmock.NewMockService(gomock.NewController(t))
		service.EXPECT().Forget(gomock.Any(), by, domain.LearnerID("ada")).Return(c.done, c.err)
		words := []string{"forget", "ada"}
		if c.words != "ada" {
			words = append(words, "--json")
		}
		if got := run(t, service, words...); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.words, got, c.want)
		}
	}
}
