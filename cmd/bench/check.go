package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A ledger is what learners were last told that they hold.
type ledger map[string]string

// verify compares the courses whose ids begin so, and the learners whose ids begin so, with what was answered: no course has
// more on its seats than it has seats, nor a free one while somebody is in line; its counters are what its rows are; its journal
// has no gap; everybody who was answered stands there as it was said, and nobody else does. Roster is asked itself, too.
func (t *target) verify(ctx context.Context, courses, learners string, answered ledger) error {
	err := errors.Join(t.verifyCourses(ctx, courses), t.verifyLearners(ctx, courses, learners, answered))
	if err != nil {
		return fmt.Errorf("%s after %s: %w", t.name, learners, err)
	}
	return nil
}

const coursesThatDiffer = `SELECT course_id, capacity, seats_taken, waitlist_length, sequence, seated, waiting, events, last FROM (
	SELECT c.course_id, c.capacity, c.seats_taken, c.waitlist_length, c.sequence,
		(SELECT count(*) FROM {standings} s WHERE s.tenant_id = c.tenant_id AND s.course_id = c.course_id AND s.status = 'enrolled') AS seated,
		(SELECT count(*) FROM {standings} s WHERE s.tenant_id = c.tenant_id AND s.course_id = c.course_id AND s.status = 'waitlisted') AS waiting,
		(SELECT count(*) FROM {journal} j WHERE j.tenant_id = c.tenant_id AND j.course_id = c.course_id) AS events,
		(SELECT coalesce(max(sequence), 0) FROM {journal} j WHERE j.tenant_id = c.tenant_id AND j.course_id = c.course_id) AS last
	FROM courses c WHERE c.course_id LIKE $1) AS found
WHERE seats_taken <> seated OR waitlist_length <> waiting OR sequence <> events OR sequence <> last
	OR seated > capacity OR (waiting > 0 AND seated < capacity)
ORDER BY course_id LIMIT 3`

func (t *target) verifyCourses(ctx context.Context, courses string) error {
	query := strings.NewReplacer("{standings}", t.tables.standings, "{journal}", t.tables.journal).Replace(coursesThatDiffer)
	rows, err := t.db.QueryContext(ctx, query, courses+"%")
	if err != nil {
		return err
	}
	defer rows.Close()
	var differ []error
	for rows.Next() {
		var id string
		var capacity, seats, line, sequence, seated, waiting, events, last int64
		if err := rows.Scan(&id, &capacity, &seats, &line, &sequence, &seated, &waiting, &events, &last); err != nil {
			return err
		}
		differ = append(differ, fmt.Errorf("%s of %d seats counts %d taken, %d in line and %d changes, and has %d, %d and %d, the last of them %d",
			id, capacity, seats, line, sequence, seated, waiting, events, last))
	}
	return errors.Join(append(differ, rows.Err())...)
}

func (t *target) verifyLearners(ctx context.Context, courses, learners string, answered ledger) error {
	rows, err := t.db.QueryContext(ctx, `SELECT learner_id, status FROM `+t.tables.standings+`
		WHERE course_id LIKE $1 AND learner_id LIKE $2`, courses+"%", learners+"-%")
	if err != nil {
		return err
	}
	defer rows.Close()
	found := make(ledger, len(answered))
	for rows.Next() {
		var learner, status string
		if err := rows.Scan(&learner, &status); err != nil {
			return err
		}
		found[learner] = status
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for learner, said := range answered {
		// Who was in line may have been promoted since.
		if stands := found[learner]; stands != said && (said != "waitlisted" || stands != "enrolled") {
			return fmt.Errorf("%s was told %q, and stands there as %q", learner, said, stands)
		}
	}
	if len(found) != len(answered) {
		return fmt.Errorf("%d were answered, and %d stand there", len(answered), len(found))
	}
	return nil
}

// prove has roster hold what it stores against its own journal: all that it was asked in all the phases.
func (b *bench) prove(t *target) error {
	_, err := b.output(b.roster, "check", "--database-url", t.database, "--data-dir", t.data)
	return err
}

// proveAll does so where all the groups have been.
func (b *bench) proveAll() (err error) {
	for _, p := range []*pair{b.pair, b.lite} {
		if p != nil && b.ctx.Err() == nil {
			err = errors.Join(err, b.prove(p.roster))
		}
	}
	return err
}
