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
	Verb     string           // enroll, withdraw or put
	Learner  domain.LearnerID // of enroll and withdraw
	Settings domain.Settings  // of put
}

// Parse reads "enroll LEARNER", "withdraw LEARNER" or "put" with any of title=TEXT, capacity=NUMBER, open=BOOL and waitlist=BOOL.
// If the course does not exist, a put with settings also has a title, unless one of them is "title=".
func Parse(command string, exists bool) (Command, error) {
	words := strings.Fields(command)
	if len(words) == 2 && (words[0] == "enroll" || words[0] == "withdraw") {
		return Command{Verb: words[0], Learner: domain.LearnerID(words[1])}, nil
	}
	if len(words) == 0 || words[0] != "put" {
		return Command{}, fmt.Errorf(`command must be "enroll LEARNER", "withdraw LEARNER" or "put SETTING=VALUE …", got %q`, command)
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
