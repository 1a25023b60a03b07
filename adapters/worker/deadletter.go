package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

const unknownTenant domain.TenantID = "_" // of dead letters whose own tenant is invalid

const (
	maxID     = 255  // bytes of a dead letter's ID
	maxDetail = 1000 // bytes
)

// putDeadLetters stores the tasks that can't succeed. The times of a batch's dead letters are a microsecond apart, in the order of
// the queue.
func (w *Worker) putDeadLetters(ctx context.Context, tasks []*task) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	at := time.Now().UTC().Truncate(time.Microsecond)
	for tenant, dead := range deadByTenant(tasks, at) {
		by := ports.Actor{Tenant: tenant, Subject: "queue", Role: ports.Staff}
		if err := w.deadLetters.PutDeadLetters(ctx, by, dead); err != nil {
			return fmt.Errorf("store %d dead letters: %w", len(dead), err)
		}
		w.log.WarnContext(ctx, "commands dead-lettered",
			"tenant", tenant, "letters", len(dead), "first", dead[0].ID, "reason", dead[0].Reason)
	}
	return nil
}

// deadByTenant returns the dead letters among the tasks, by tenant.
func deadByTenant(tasks []*task, at time.Time) map[domain.TenantID][]ports.DeadLetter {
	dead := map[domain.TenantID][]ports.DeadLetter{}
	for i, t := range tasks {
		if d := dispositionOf(t.reply); d == deadLetter || d == retryAlone {
			l := t.deadLetter(at.Add(time.Duration(i) * time.Microsecond))
			dead[l.By.Tenant] = append(dead[l.By.Tenant], l)
		}
	}
	return dead
}

// deadLetter returns the task as a dead letter that is valid for every store, whatever the sender wrote. Its Attempts are all since the first
// delivery. If the batch is delivered again after its dead letters were stored, the store adds them to the earlier ones, which then
// count twice.
func (t *task) deadLetter(at time.Time) ports.DeadLetter {
	err := errorOf(t.reply)
	l := ports.DeadLetter{
		ID: t.ID, By: t.Command.By, Key: validOrEmpty(t.Command.Key), Learner: t.learner(), Body: t.Body,
		Reason: ports.KindOf(err), Detail: firstLine(err), Attempts: t.attempts, At: at,
	}
	if domain.ValidateText("id", l.ID, maxID) != nil {
		l.ID = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(t.ID)))
	}
	if l.By.Tenant = t.Tenant; t.Tenant.Validate() != nil {
		l.By.Tenant = unknownTenant
		l.Detail = firstLine(fmt.Errorf("tenant %.100q: %w", t.Tenant, err))
	}
	return l
}

// learner returns the first valid learner of the command, or "" if there is none.
func (t *task) learner() domain.LearnerID {
	for _, a := range t.Command.Actions {
		for _, id := range a.Learners() {
			if id.Validate() == nil {
				return id
			}
		}
	}
	return ""
}

// validOrEmpty returns a key, or "" if it is not valid text: no reply can be stored under such a key.
func validOrEmpty(text string) string {
	if domain.ValidateText("key", text, len(text)) != nil {
		return ""
	}
	return text
}

// firstLine returns the first line of an error, at most maxDetail bytes long and without control characters.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), maxDetail)], "")
}
