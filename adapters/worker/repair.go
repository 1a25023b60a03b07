package worker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const pageSize = 500 // dead letters read at once

// A Repaired is a dead letter and what came of running it again.
type Repaired struct {
	DeadLetter ports.DeadLetter
	Outcome    string // what the learner has now, as "enrolled", or the code of why not; empty where it was not run
	Err        error  // why it is a dead letter still
}

// Repair runs the dead letters of by's tenant again, each in the name and under the key that it was sent with, and tells each
// of what came of it. What is done then, or refused by a rule, is a dead letter no more; what is not gets its new reason.
//
// They are run in the order in which they were buried, which on a course is that of the queue, and keep their place in it when
// they are buried again; so all of them are read first. A dry run changes nothing and tells each in that order. Repair stops at
// the first error of the store, of each, or of ctx; what was not run then, or not settled, is still there, and may be run again.
func Repair(ctx context.Context, service interface {
	ports.Commands
	ports.DeadLetters
}, by ports.Actor, read func(domain.TenantID, []byte) (ports.Command, error), dryRun bool, each func(Repaired) error) error {
	letters, err := allDeadLetters(ctx, service, by)
	if err != nil {
		return err
	}
	for _, l := range letters {
		repaired := Repaired{DeadLetter: l}
		if !dryRun {
			if repaired, err = repairOne(ctx, service, service, by, l, read); err != nil {
				return fmt.Errorf("dead letter %s: %w", l.ID, err)
			}
		}
		if err := each(repaired); err != nil {
			return err
		}
	}
	return nil
}

// buried returns all dead letters of by's tenant in the order in which they were buried.
func allDeadLetters(ctx context.Context, letters ports.DeadLetters, by ports.Actor) (all []ports.DeadLetter, err error) {
	for after := ""; ; after = all[len(all)-1].ID {
		found, err := letters.ListDeadLetters(ctx, by, ports.DeadLetterPage{After: after, Limit: pageSize})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if len(found) < pageSize {
			break
		}
	}
	slices.SortFunc(all, func(a, b ports.DeadLetter) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

func repairOne(
	ctx context.Context, commands ports.Commands, letters ports.DeadLetters, by ports.Actor, l ports.DeadLetter,
	read func(domain.TenantID, []byte) (ports.Command, error),
) (Repaired, error) {
	reply := rerun(ctx, commands, l, read)
	err := errorOf(reply)
	switch dispositionOf(reply) {
	case retry:
		return Repaired{}, err
	case done:
		outcome := string(ports.KindOf(err))
		if err == nil {
			outcome = string(reply.Outcomes[0].Standing.Status)
		}
		return Repaired{DeadLetter: l, Outcome: outcome}, letters.DeleteDeadLetters(ctx, by, []string{l.ID})
	}
	again := l
	again.Reason, again.Detail, again.Attempts = ports.KindOf(err), firstLine(err), 1
	return Repaired{DeadLetter: l, Outcome: string(again.Reason), Err: err}, letters.PutDeadLetters(ctx, by, []ports.DeadLetter{again})
}

// rerun submits the command of a dead letter. What was refused for good is kept as the reply to its key, course_not_found for
// one, and would be refused for as long as that is kept; so the command is run under the next key, until one of them is
// new or answers otherwise. Another dead letter of the same command goes the same way, and finds what this one has done.
func rerun(
	ctx context.Context, commands ports.Commands, l ports.DeadLetter, read func(domain.TenantID, []byte) (ports.Command, error),
) ports.Reply {
	command, err := read(l.By.Tenant, l.Body)
	if err != nil {
		return ports.Reply{Err: err}
	}
	command.By, command.Key = l.By, cmp.Or(l.Key, command.Key)
	key := command.Key
	for n := 1; ; n++ {
		reply := submitOnce(ctx, commands, command)[0]
		if !reply.Replayed || dispositionOf(reply) != deadLetter {
			return reply
		}
		command.Key = fmt.Sprintf("repair %d of %x", n, sha256.Sum256([]byte(key)))
	}
}
