// Package domaintest reads the notation of docs/rules.md, so that tests of every layer write commands alike.
package domaintest

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/roster/domain"
)

// A Command is one command of the notation.
type Command struct {
	Verb       string              // enroll, withdraw, rename or put
	Learner    domain.LearnerID    // of all but put
	SeatOnly   bool                // of enroll
	Enrollment domain.EnrollmentID // of withdraw, if it names one
	To         domain.LearnerID    // of rename
	Settings   domain.Settings     // of put
}

// Parse reads "enroll LEARNER [seatOnly]", "withdraw LEARNER [ENROLLMENT]", "rename LEARNER TO", or "put" with any of title=TEXT,
// capacity=NUMBER, open=BOOL and waitlist=BOOL.
// If the course does not exist, a put with settings also has a title, unless one of them is "title=".
func Parse(command string, exists bool) (Command, error) {
	words := strings.Fields(command)
	more := ""
	if len(words) == 3 {
		more = words[2]
	}
	switch {
	case len(words) > 0 && words[0] == "put":
	case len(words) < 2 || len(words) > 3:
		words = nil
	case words[0] == "enroll" && (more == "" || more == "seatOnly"):
		return Command{Verb: words[0], Learner: domain.LearnerID(words[1]), SeatOnly: more != ""}, nil
	case words[0] == "withdraw":
		return Command{Verb: words[0], Learner: domain.LearnerID(words[1]), Enrollment: domain.EnrollmentID(more)}, nil
	case words[0] == "rename" && more != "":
		return Command{Verb: words[0], Learner: domain.LearnerID(words[1]), To: domain.LearnerID(more)}, nil
	default:
		words = nil
	}
	if words == nil {
		return Command{}, fmt.Errorf(`command must be "enroll LEARNER [seatOnly]", "withdraw LEARNER [ENROLLMENT]", `+
			`"rename LEARNER TO" or "put SETTING=VALUE …", got %q`, command)
	}
	c := Command{Verb: "put"}
	if !exists && len(words) > 1 {
		c.Settings.Title = new("Title")
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		err := error(nil)
		switch {
		case word == "title=":
			c.Settings.Title = nil
		case name == "title":
			c.Settings.Title = &value
		case name == "capacity":
			c.Settings.Capacity, err = pointer(strconv.Atoi(value))
		case name == "open":
			c.Settings.Open, err = pointer(strconv.ParseBool(value))
		case name == "waitlist":
			c.Settings.WaitlistEnabled, err = pointer(strconv.ParseBool(value))
		default:
			err = strconv.ErrSyntax
		}
		if err != nil {
			return Command{}, fmt.Errorf("setting must be title=TEXT, capacity=NUMBER, open=BOOL or waitlist=BOOL, got %q", word)
		}
	}
	return c, nil
}

func pointer[T any](value T, err error) (*T, error) { return &value, err }
