package importer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/roster/ports"
)

const (
	tries     = 6
	firstWait = 50 * time.Millisecond // doubled each time: a second and a half in all
)

// submit does the rows that are commands, as one command. No outcomes and no error: there was none among them.
func (j *job) submit(ctx context.Context, rows []row) ([]ports.Outcome, error) {
	command := ports.Command{By: j.by}
	for _, r := range rows {
		if r.action != nil {
			command.Actions = append(command.Actions, r.action)
		}
	}
	if len(command.Actions) == 0 {
		return nil, stopped(rows, ctx.Err())
	}
	if j.key != "" {
		command.Key = j.key + j.lines.sum()
		command.Correlation = command.Key
	}
	reply := j.retry(ctx, command)
	if reply.Replayed {
		j.summary.Replayed += len(command.Actions)
	}
	return reply.Outcomes, stopped(rows, reply.Err)
}

// retry submits the command until it is done or trying again is of no use.
func (j *job) retry(ctx context.Context, command ports.Command) ports.Reply {
	for try, wait := 1, firstWait; ; try, wait = try+1, 2*wait {
		reply := j.commands.Submit(ctx, command)[0]
		passing := errors.Is(reply.Err, ports.ErrUnavailable) || errors.Is(reply.Err, ports.ErrInProgress)
		if !passing || try == tries {
			return reply
		}
		select {
		case <-ctx.Done():
			return reply
		case <-time.After(wait):
		}
	}
}

// stopped says where a run came to an end before the file did, and what to do.
func stopped(rows []row, err error) error {
	const advice = "%w: stopped before line %d; run the same import again and it goes on from there: %w"
	switch line := rows[0].line; ports.KindOf(err) {
	case "":
		return nil
	case ports.ErrUnavailable, ports.ErrInProgress, ports.ErrInternal:
		return fmt.Errorf(advice, ports.ErrUnavailable, line, err)
	default:
		return fmt.Errorf("line %d and what follows: %w", line, err)
	}
}
