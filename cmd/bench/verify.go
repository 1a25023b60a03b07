package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A ledger has the last status that each learner was sent.
type ledger map[string]string

// verify compares the stored courses and learners whose ids have these prefixes with the answers. No course has more enrolled
// learners than seats, or a free seat and a waitlist. Its counters match its rows, and its journal has no gap. Each learner has the
// answered status, and no other learner is stored.
func (t *target) verify(ctx context.Context, courses, learners string, answered ledger) error {
	err := errors.Join(t.verifyCourses(ctx, courses), t.verifyLearners(ctx, courses, learners, answered))
	if err != nil {
		return fmt.Errorf("%s after %s: %w", t.name, learners, err)
	}
	return nil
}

const inconsistentCourses = `SELECT course_id, capacity, seats_taken, waitlist_length, sequence, seated, waiting, events, last FROM (
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
	query := strings.NewReplacer("{standings}", t.tables.standings, "{journal}", t.tables.journal).Replace(inconsistentCourses)
	rows, err := t.db.QueryContext(ctx, query, courses+"%")
	if err != nil {
		return err
	}
	defer rows.Close()
	var differences []error
	for rows.Next() {
		var id string
		var capacity, seats, waitlisted, sequence, seated, waiting, events, last int64
		if err := rows.Scan(&id, &capacity, &seats, &waitlisted, &sequence, &seated, &waiting, &events, &last); err != nil {
			return err
		}
		differences = append(differences, fmt.Errorf("%s of %d seats counts %d taken, %d waitlisted and %d changes, but has %d, %d and %d, the last with sequence %d",
			id, capacity, seats, waitlisted, sequence, seated, waiting, events, last))
	}
	return errors.Join(append(differences, rows.Err())...)
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
	for learner, want := range answered {
		// A waitlisted learner may have been promoted since.
		if got := found[learner]; got != want && (want != "waitlisted" || got != "enrolled") {
			return fmt.Errorf("%s was answered %q, but is stored as %q", learner, want, got)
		}
	}
	if len(found) != len(answered) {
		return fmt.Errorf("%d learners were answered, but %d are stored", len(answered), len(found))
	}
	return nil
}

// verifyJournal runs roster check on everything that the phases stored.
func (b *bench) verifyJournal(t *target) error {
	_, err := b.output(b.roster, "check", "--database-url", t.database, "--data-dir", t.data)
	return err
}

// verifyJournals does so for the databases of this build that groups share. The groups fresh, growth and idle do it themselves.
func (b *bench) verifyJournals() (err error) {
	pairs := []*serverPair{b.postgresPair, b.sqlitePair}
	if b.earlier != nil {
		pairs = append(pairs, b.earlier.postgresPair, b.earlier.sqlitePair)
	}
	for _, p := range pairs {
		if p != nil && b.ctx.Err() == nil {
			err = errors.Join(err, b.verifyJournal(p.roster))
		}
	}
	return err
}
