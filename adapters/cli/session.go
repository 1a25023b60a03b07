package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"example.com/roster/ports"
)

// A Session is what a command runs with.
type Session struct {
	Context context.Context
	Service ports.Service
	By      ports.Actor
	JSON    bool      // the result alone on Out, as JSON
	In      io.Reader // what - stands for
	Out     io.Writer // results
	Err     io.Writer // what went wrong, in one line
}

// Print writes one result: as one line of JSON if the session wants that, else as text, to which it adds a line's end.
func (s *Session) Print(result any, text string) error { return s.printTo(s.Out, result, text) }

func (s *Session) printTo(w io.Writer, result any, text string) error {
	if !s.JSON {
		_, err := fmt.Fprintln(w, text)
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(result)
}

func (s *Session) submit(key *string, action ports.Action) (ports.Outcome, error) {
	command := ports.Command{By: s.By, Actions: []ports.Action{action}}
	if key != nil {
		if *key == "" {
			return ports.Outcome{}, UsageError{"--key must not be empty; leave it out to run without one"}
		}
		command.Key = *key
	}
	return s.Service.Submit(s.Context, command)[0].One()
}
