package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/roster/cmd/bare/domain"
	"example.com/roster/cmd/bare/ports"
)

// A Session is what a command runs with.
type Session struct {
	Context context.Context
	Service ports.Service
	By      ports.Actor
	JSON    bool      // the result alone on Out, as JSON
	Out     io.Writer // results
	Err     io.Writer // errors, one line each
}

// Print writes one result: as one line of JSON if JSON is set, else as lines of text.
func (s *Session) Print(result any, lines ...string) error {
	if s.JSON {
		encoder := json.NewEncoder(s.Out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	_, err := fmt.Fprintln(s.Out, strings.Join(lines, "\n"))
	return err
}

// Report prints err, unless it is nil, and returns the exit code. It prints one JSON object on Out if JSON is set, else one
// line on Err.
func (s *Session) Report(err error) int {
	if err == nil {
		return 0
	}
	kind, detail := ports.KindOf(err), explain(err)
	if s.JSON {
		_ = s.Print(errorJSON{kind, detail})
	} else {
		fmt.Fprintf(s.Err, "roster: %s (%s)\n", detail, kind)
	}
	return cmp.Or(explanations[kind].exit, 3)
}

// A UsageError is an error in the command line itself. Its kind is [domain.ErrInvalidArgument].
type UsageError struct{ Detail string }

func (e UsageError) Error() string { return e.Detail }

// Unwrap makes errors.Is(e, domain.ErrInvalidArgument) true.
func (e UsageError) Unwrap() error { return domain.ErrInvalidArgument }

// An explanation is the exit code for a kind of error, and what comes before its text.
type explanation struct {
	exit int
	text string
}

// explanations has every kind. One that is missing means a refusal, with exit code 3.
var explanations = map[domain.Kind]explanation{
	ports.ErrInternal:         {1, "unexpected error: "},
	domain.ErrInvalidArgument: {2, ""},
	ports.ErrUnauthenticated:  {2, "authentication is required: "},
	ports.ErrForbidden:        {2, "you may not do this: "},
	ports.ErrNotFound:         {3, "not found: "},
	ports.ErrUnavailable:      {4, "not available now; try again: "},
}

// explain describes err in one line.
func explain(err error) string {
	cause := strings.ReplaceAll(err.Error(), string(ports.KindOf(err))+": ", "") // Report appends the kind
	if v, ok := errors.AsType[*domain.Violation](err); ok {
		cause = v.Error()
	}
	return strings.ReplaceAll(explanations[ports.KindOf(err)].text+cause, "\n", "; ")
}

// errorJSON is the JSON view of an error.
type errorJSON struct {
	Code   domain.Kind `json:"code"`
	Detail string      `json:"detail"`
}
