package cli

import (
	"fmt"

	"example.com/roster/domain"
)

// Forget is `roster forget LEARNER`.
type Forget struct{}

// forgottenShape is where a learner's id stood, as programs read it.
type forgottenShape struct {
	Standings   int `json:"standings"`
	Events      int `json:"events"`
	Replies     int `json:"replies"`
	DeadLetters int `json:"deadLetters"`
}

// Run erases the learner's id and prints where it stood. Who is not known is forgotten already.
func (Forget) Run(s *Session, args []string) error {
	learner := domain.LearnerID(args[0])
	done, err := s.Service.Forget(s.Context, s.By, learner)
	if err != nil {
		return &failure{err: err, learner: learner}
	}
	text := fmt.Sprintf("forgotten: the id stood in %d standings, %d events, %d replies and %d dead letters",
		done.Standings, done.Events, done.Replies, done.DeadLetters)
	return s.Print(forgottenShape(done), text)
}
