package sqlstore

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// Forget implements [ports.ErasureStore]. The transaction lasts as long as the tenant's replies are many. It locks the learner's
// courses, which keeps out every Update that could name the learner but one: the learner may enroll in another course
// meanwhile. The last statement looks for that, and Forget retries. If Forget fails, it may have been done; to repeat it is
// harmless.
func (s *Store) Forget(
	ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	err = s.inLongTx(ctx, "forget", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) (err error) {
		e := erasure{dataSubject{tenant: tenant, learner: learner}, pseudonym}
		if done, err = e.run(ctx, tx, s.driver); err != nil {
			return err
		}
		var left []domain.CourseID
		err = e.standings(tx).Column("course_id").Limit(1).Scan(ctx, &left)
		if err == nil && len(left) > 0 {
			err = &failure{s.driver.Name, "forget", Conflict, errors.New("the learner enrolled in another course meanwhile")}
		}
		return err
	})
	s.recent.clear()
	return done, err
}

// An erasure replaces a learner by a pseudonym.
type erasure struct {
	dataSubject
	pseudonym domain.LearnerID
}

func (e *erasure) run(ctx context.Context, tx bun.IDB, driver Driver) (done ports.Forgotten, err error) {
	lock := tx.NewSelect().Model((*CourseRow)(nil)).Column("course_id").Where("c.tenant_id = ?", e.tenant).
		Where("c.course_id IN (?)", e.standings(tx).Column("course_id")).Order("course_id")
	if err := driver.forUpdate(lock).Scan(ctx, &e.courses); err != nil {
		return done, err
	}
	if err := e.followRenames(ctx, tx); err != nil {
		return done, err
	}
	if done.Replies, err = e.replies(ctx, tx); err != nil {
		return done, err
	}
	done.Standings, err = affected(tx.NewUpdate().Model((*StandingRow)(nil)).Set("learner_id = ?", e.pseudonym).
		Where("tenant_id = ?", e.tenant).Where("course_id IN (?)", bun.List(e.courses)).Where("learner_id = ?", e.learner).Exec(ctx))
	if err != nil {
		return done, err
	}
	for _, span := range e.spans {
		n, err := affected(tx.NewUpdate().Model((*EntryRow)(nil)).Set("learner_id = ?", e.pseudonym).
			Set("previous_learner_id = CASE WHEN previous_learner_id IS NOT NULL THEN ? END", e.pseudonym).
			Where("tenant_id = ?", e.tenant).ApplyQueryBuilder(span.entries).Exec(ctx))
		if err != nil {
			return done, err
		}
		done.Events += n
	}
	done.DeadLetters, err = affected(tx.NewDelete().Model((*deadLetterRow)(nil)).
		Where("tenant_id = ?", e.tenant).ApplyQueryBuilder(named(e.person, "learner_id", "buried_at")).Exec(ctx))
	return done, err
}

// replies removes the replies to the learner, and renames the learner in all others.
func (e *erasure) replies(ctx context.Context, db bun.IDB) (int, error) {
	n, err := affected(db.NewDelete().Model((*ReplyRow)(nil)).
		Where("tenant_id = ?", e.tenant).ApplyQueryBuilder(named(e.person, "subject", "replied_at")).Exec(ctx))
	if err != nil {
		return n, err
	}
	err = eachReply(ctx, db, e.tenant, func(record ports.IdempotencyRecord) error {
		named := e.person.Standings(record)
		if len(named) == 0 {
			return nil
		}
		for _, s := range named {
			s.Learner = e.pseudonym
		}
		row := newReplyRow(e.tenant, record)
		if row.Outcomes, err = encodeOutcomes(record.Outcomes); err != nil {
			return err
		}
		renamed, err := affected(db.NewUpdate().Model(&row).Column("outcomes").WherePK().Exec(ctx))
		n += renamed
		return err
	})
	return n, err
}
