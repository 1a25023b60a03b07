package importer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/roster/ports"
)

const (
	maxAttempts  = 6
	firstBackoff = 50 * time.Millisecond // doubles after each attempt: 1.55 s in all
)

// submitTo submits a chunk to the core.
func submitTo(commands ports.Commands) func(context.Context, ports.Command) ports.Reply {
	return func(ctx context.Context, chunk ports.Command) ports.Reply { return commands.Submit(ctx, chunk)[0] }
}

// submit submits the valid rows as one command. If no row is valid it returns no outcomes and no error.
func (j *job) submit(ctx context.Context, rows []row) ([]ports.Outcome, error) {
	command, resumes := ports.Command{By: j.by}, ""
	if j.useCase != "" && j.again == "" {
		resumes = " to resume there"
	}
	stop := func(err error) error { return stopError(fmt.Sprint("line ", rows[0].line), resumes, err) }
	for _, r := range rows {
		if r.action != nil {
			command.Actions = append(command.Actions, r.action)
		}
	}
	if len(command.Actions) == 0 {
		return nil, stop(ctx.Err())
	}
	command.Key = j.chunkKey()
	command.Correlation = command.Key
	start, attempts := time.Now(), 0
	var reply ports.Reply
	retry(ctx, func() error {
		attempts++
		reply = j.send(ctx, command)
		return reply.Err
	})
	if reply.Replayed && (attempts == 1 || reply.ReplayedAt.Before(start)) { // else an attempt has done it, and lost its reply
		j.summary.addReplayed(reply)
	}
	return reply.Outcomes, stop(reply.Err)
}

// retry calls try until it succeeds, fails for good, or the attempts or ctx end.
func retry(ctx context.Context, try func() error) {
	for attempt, backoff := 1, firstBackoff; ; attempt, backoff = attempt+1, 2*backoff {
		if !temporary(try()) || attempt == maxAttempts {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
	}
}

func temporary(err error) bool {
	return errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrInProgress)
}

// stopError says before which part of the file the run stopped, and what to do.
func stopError(before, resumes string, err error) error {
	switch ports.KindOf(err) {
	case "":
		return nil
	case ports.ErrUnavailable, ports.ErrInProgress, ports.ErrInternal:
		return fmt.Errorf("%w: stopped before %s; run the same command again%s: %w", ports.ErrUnavailable, before, resumes, err)
	}
	return fmt.Errorf("stopped before %s: %w", before, err)
}
