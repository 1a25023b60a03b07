package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"example.com/roster/adapters/internal/jsonfields"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Apply is `roster apply FILE`.
type Apply struct{ keyFlag }

// outcomesJSON is the JSON view of a command that is all or nothing.
type outcomesJSON struct {
	Outcomes []*standingJSON `json:"outcomes"`
}

// Run submits the actions of the file as one command, all or nothing, and prints the outcome of each.
func (c Apply) Run(s *Session, args []string) error {
	in, _, err := s.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	actions, err := readActions(in)
	if err != nil {
		return err
	}
	outcomes, err := s.send(c.Key, ports.Command{Actions: actions, AllOrNothing: true}).All()
	if r, ok := errors.AsType[*ports.Refusal](err); ok {
		a := actions[r.Action-1]
		return &failure{err, a.CourseID(), a.Learners()[0]}
	}
	if err != nil {
		return err
	}
	view := outcomesJSON{make([]*standingJSON, len(outcomes))}
	lines := make([]string, len(outcomes))
	for i, o := range outcomes {
		view.Outcomes[i], lines[i] = newOutcomeJSON(o), outcomeText(o)
	}
	return s.Print(view, lines...)
}

// maxActionLine is how many bytes a line may have: the ids have 765 at most, and six times as many escaped.
const maxActionLine = 8 << 10

// readActions reads one action per line. It ignores a byte order mark, with which a file begins, or each part of joined files.
func readActions(in io.Reader) (actions []ports.Action, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxActionLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		action, err := parseAction(line)
		if err != nil {
			return nil, UsageError{fmt.Sprintf("line %d: %v", n, err)}
		}
		if actions = append(actions, action); len(actions) > ports.MaxActions {
			return nil, UsageError{fmt.Sprintf("one command has at most %d actions; for more, use import, which is not all or nothing", ports.MaxActions)}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, UsageError{fmt.Sprintf("a line must not be longer than %d bytes", maxActionLine)}
	case err != nil:
		return nil, fmt.Errorf("%w: %w", domain.ErrInvalidArgument, err)
	case len(actions) == 0:
		return nil, UsageError{`expected at least one line such as {"action":"enroll","courseId":"go-101","learnerId":"ada"}`}
	}
	return actions, nil
}

// parseAction reads one object. It refuses every field that it does not know, because it may decide something.
func parseAction(line []byte) (ports.Action, error) {
	var action jsonfields.Action
	if err := action.Fields().Decode(line, unknownField); err != nil {
		return nil, err
	}
	return action.Parse()
}

func unknownField(name, meant string) error {
	if meant != "" {
		return fmt.Errorf("unknown field %.100q; did you mean %s?", name, meant)
	}
	return fmt.Errorf("unknown field %.100q; an action has action, courseId, learnerId, and seatOnly or enrollmentId", name)
}
