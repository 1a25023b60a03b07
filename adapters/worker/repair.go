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

// A Repaired is a dead letter and the result of its retry.
type Repaired struct {
	DeadLetter ports.DeadLetter
	Outcome    string // the learner's status now, such as "enrolled" (of a list: of its first action), or the code of the error; "" if it was not retried
	Err        error  // why it is still a dead letter
}

// A service is the part of the core that a repair calls.
type service interface {
	ports.Commands
	ports.DeadLetters
}

// A reader returns the command in the body of a message.
type reader = func(domain.TenantID, []byte) (ports.Command, error)

// Repair retries the dead letters of by's tenant, each with the actor and under the key that it was sent with, and calls each with
// the result. A command that succeeds, or that a rule refuses, is deleted from the dead letters. Any other gets its new reason.
//
// Repair reads all dead letters first and retries them in the order in which they were stored; on a course, that is the order of
// the queue. A dead letter that is stored again keeps its position. A dry run changes nothing and calls each in the same order.
// Repair stops at the first error of the store, of each, or of ctx. The dead letters that it did not retry or delete are still
// stored, and may be retried later.
func Repair(ctx context.Context, core service, by ports.Actor, read reader, dryRun bool, each func(Repaired) error) error {
	all, err := allDeadLetters(ctx, core, by)
	if err != nil {
		return err
	}
	for _, l := range all {
		repaired := Repaired{DeadLetter: l}
		if !dryRun {
			if repaired, err = repairOne(ctx, core, by, l, read); err != nil {
				return fmt.Errorf("dead letter %s: %w", l.ID, err)
			}
		}
		if err := each(repaired); err != nil {
			return err
		}
	}
	return nil
}

// allDeadLetters returns the dead letters of by's tenant in the order in which they were stored.
func allDeadLetters(ctx context.Context, dead ports.DeadLetters, by ports.Actor) (all []ports.DeadLetter, err error) {
	for after := ""; ; after = all[len(all)-1].ID {
		found, err := dead.ListDeadLetters(ctx, by, ports.DeadLetterPage{After: after, Limit: pageSize})
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

func repairOne(ctx context.Context, core service, by ports.Actor, l ports.DeadLetter, read reader) (Repaired, error) {
	reply := rerun(ctx, core, l, read)
	err := errorOf(reply)
	switch dispositionOf(reply) {
	case retry:
		return Repaired{}, err
	case done:
		outcome := string(ports.KindOf(err))
		if err == nil {
			outcome = string(reply.Outcomes[0].Standing.Status)
		}
		return Repaired{DeadLetter: l, Outcome: outcome}, core.DeleteDeadLetters(ctx, by, []string{l.ID})
	}
	updated := l
	updated.Reason, updated.Detail, updated.Attempts = ports.KindOf(err), firstLine(err), 1
	return Repaired{DeadLetter: l, Outcome: string(updated.Reason), Err: err}, core.PutDeadLetters(ctx, by, []ports.DeadLetter{updated})
}

// rerun submits the command of a dead letter. A permanent refusal such as course_not_found is stored as the reply to its key, and
// would be repeated as long as that is stored. So rerun tries the next derived key, until a key is new or has another reply.
// A second dead letter of the same command tries the same keys, and finds the result of the first.
func rerun(ctx context.Context, core ports.Commands, l ports.DeadLetter, read reader) ports.Reply {
	command, err := read(l.By.Tenant, l.Body)
	if err != nil {
		return ports.Reply{Err: err}
	}
	command.By, command.Key = l.By, cmp.Or(l.Key, command.Key)
	key := command.Key
	for n := 1; ; n++ {
		reply := submitOnce(ctx, core, command)[0]
		if !reply.Replayed || dispositionOf(reply) != deadLetter {
			return reply
		}
		command.Key = fmt.Sprintf("repair %d of %x", n, sha256.Sum256([]byte(key)))
	}
}
