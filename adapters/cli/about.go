package cli

import (
	"encoding/json"
	"strings"
	"time"

	"example.com/roster/adapters/internal/renames"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// About is `roster about LEARNER`.
type About struct{}

// aboutJSON is the JSON view of [ports.PersonalData]. A list is never null.
type aboutJSON struct {
	Learner     domain.LearnerID `json:"learnerId"`
	Standings   []*standingJSON  `json:"standings"`
	Events      []eventJSON      `json:"events"`
	Replies     []replyJSON      `json:"replies"`
	DeadLetters []letterJSON     `json:"deadLetters"`
}

// eventJSON is an entry of a journal about a learner, with the names of the published events.
type eventJSON struct {
	Type        domain.EventType    `json:"type"`
	ID          string              `json:"eventId"`
	At          time.Time           `json:"occurredAt"`
	Correlation string              `json:"correlationId"`
	Course      domain.CourseID     `json:"courseId"`
	Sequence    int64               `json:"sequence"`
	Learner     domain.LearnerID    `json:"learnerId"`
	Previous    domain.LearnerID    `json:"previousLearnerId,omitempty"`
	Enrollment  domain.EnrollmentID `json:"enrollmentId"`
	From        domain.Status       `json:"from,omitempty"`
}

// replyJSON is a saved reply to the learner, or one that names the learner. Of its outcomes it has what is about the learner.
type replyJSON struct {
	Subject  string    `json:"subject"`
	Key      string    `json:"key"`
	At       time.Time `json:"repliedAt"`
	Outcomes []any     `json:"outcomes"`
}

type letterJSON struct {
	ID       string      `json:"id"`
	Reason   domain.Kind `json:"reason"`
	Detail   string      `json:"detail"`
	Attempts int         `json:"attempts"`
	At       time.Time   `json:"at"`
	Body     string      `json:"body"`
}

// Run prints what is stored about the learner, always as JSON, and over several lines for people.
func (About) Run(s *Session, args []string) error {
	learner := domain.LearnerID(args[0])
	data, err := s.Service.About(s.Context, s.By, learner)
	if err != nil {
		return &failure{err: err, learner: learner}
	}
	view := newAboutJSON(learner, data)
	text, err := json.MarshalIndent(view, "", "  ")
	if err != nil {
		return err
	}
	return s.Print(view, strings.Split(string(text), "\n")...)
}

func newAboutJSON(learner domain.LearnerID, data ports.PersonalData) aboutJSON {
	view := aboutJSON{Learner: learner, Standings: []*standingJSON{}, Events: []eventJSON{}, Replies: []replyJSON{}, DeadLetters: []letterJSON{}}
	person := renames.Person{}
	for _, standing := range data.Standings {
		view.Standings = append(view.Standings, newStandingJSON(standing, nil))
	}
	for _, e := range data.Events {
		if e.Previous != "" {
			person.Add(e.Previous, e.At)
		}
		view.Events = append(view.Events, eventJSON{
			Type: e.Type, ID: e.ID, At: e.At.UTC(), Correlation: e.Correlation, Course: e.Course, Sequence: e.Sequence,
			Learner: e.Learner, Previous: e.Previous, Enrollment: e.Enrollment, From: e.From,
		})
	}
	person[learner] = time.Time{}
	for _, r := range data.Replies {
		reply := replyJSON{Subject: r.Subject, Key: r.Name, At: r.At.UTC(), Outcomes: []any{}}
		for _, o := range r.Outcomes {
			reply.Outcomes = append(reply.Outcomes, outcomesAbout(person, r.At, o)...)
		}
		view.Replies = append(view.Replies, reply)
	}
	for _, l := range data.DeadLetters {
		view.DeadLetters = append(view.DeadLetters, letterJSON{
			ID: l.ID, Reason: l.Reason, Detail: l.Detail, Attempts: l.Attempts, At: l.At.UTC(), Body: string(l.Body),
		})
	}
	return view
}

// outcomesAbout returns what an outcome of a time says about the person.
func outcomesAbout(person renames.Person, at time.Time, o ports.Outcome) (views []any) {
	for _, standing := range append([]domain.Standing{o.Standing}, o.Promoted...) {
		if person.Is(standing.Learner, at) {
			views = append(views, newStandingJSON(standing, nil))
		}
	}
	return views
}
