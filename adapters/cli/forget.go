package cli

import (
	"fmt"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget is `roster forget LEARNER`.
type Forget struct{}

// forgottenJSON is the JSON view of [ports.Forgotten].
type forgottenJSON struct {
	Standings   int `json:"standings"`
	Events      int `json:"events"`
	Replies     int `json:"replies"`
	DeadLetters int `json:"deadLetters"`
}

// Run erases the learner's id and prints how often it occurred: 0 times for an unknown learner.
func (Forget) Run(s *Session, args []string) error {
	learner := domain.LearnerID(args[0])
	done, err := s.Service.Forget(s.Context, s.By, learner)
	if err != nil {
		return &failure{err: err, learner: learner}
	}
	text := fmt.Sprintf("forgotten: the id was in %d standings, %d events, %d replies and %d dead letters",
		done.Standings, done.Events, done.Replies, done.DeadLetters)
	if done == (ports.Forgotten{}) {
		text = fmt.Sprintf("nothing is stored about %s", learner)
	}
	return s.Print(forgottenJSON(done), text)
}
