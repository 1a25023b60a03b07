package sqlstore

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// repliesAtOnce bounds what is held while replies are looked through: that of a chunk is tens of kilobytes.
const repliesAtOnce = 100

// Forget implements [ports.Store]. It lasts as long as the tenant's replies are many, so only ctx ends it. A failure may
// hide that it was done: to do it again is harmless.
func (s *Store) Forget(
	ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	err = s.again(ctx, func() error {
		done, err = forgetting{tenant, learner, pseudonym}.run(ctx, s)
		return err
	})
	return done, err
}

type forgetting struct {
	tenant             domain.TenantID
	learner, pseudonym domain.LearnerID
}

// run is one transaction. It holds the learner's courses, and so keeps out every Update that could name him but one: he
// may come to another course meanwhile. Then the standing there is seen last, and all begins again.
func (f forgetting) run(ctx context.Context, s *Store) (ports.Forgotten, error) {
	tx, err := s.begin(ctx, ctx, f.tenant)
	if err != nil {
		return ports.Forgotten{}, err
	}
	defer tx.end()
	done, err := f.everywhere(ctx, tx, s.engine)
	if err != nil {
		return ports.Forgotten{}, s.engine.failed("forget", err)
	}
	left, err := f.standings(tx).Exists(ctx)
	if err != nil {
		return ports.Forgotten{}, s.engine.failed("look for what is left", err)
	}
	if left {
		return ports.Forgotten{}, &failure{s.engine.Name, "forget", Conflict, errors.New("the learner came to another course")}
	}
	if err := tx.Commit(); err != nil {
		return ports.Forgotten{}, s.engine.failed("commit", err)
	}
	return done, nil
}

func (f forgetting) everywhere(ctx context.Context, tx bun.IDB, engine Engine) (done ports.Forgotten, err error) {
	locked, err := f.lock(ctx, tx, engine)
	if err != nil {
		return done, err
	}
	if done.Replies, err = f.inReplies(ctx, tx); err != nil {
		return done, err
	}
	if done.Standings, err = f.rename(ctx, tx, (*StandingRow)(nil), locked); err != nil {
		return done, err
	}
	if done.Events, err = f.rename(ctx, tx, (*EntryRow)(nil), locked); err != nil {
		return done, err
	}
	done.DeadLetters, err = affected(tx.NewDelete().Model((*letterRow)(nil)).
		Where("tenant_id = ?", f.tenant).Where("learner_id = ?", f.learner).Exec(ctx))
	return done, err
}

func (f forgetting) standings(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*StandingRow)(nil)).Where("s.tenant_id = ?", f.tenant).Where("s.learner_id = ?", f.learner)
}

func (f forgetting) lock(ctx context.Context, db bun.IDB, engine Engine) (ids []domain.CourseID, err error) {
	q := db.NewSelect().Model((*CourseRow)(nil)).Column("course_id").Where("c.tenant_id = ?", f.tenant).
		Where("c.course_id IN (?)", f.standings(db).Column("course_id")).Order("course_id")
	if engine.RowLock != "" {
		q = q.For(engine.RowLock)
	}
	err = q.Scan(ctx, &ids)
	return ids, err
}

// rename puts the pseudonym in the learner's place in the rows of these courses.
func (f forgetting) rename(ctx context.Context, db bun.IDB, table any, courses []domain.CourseID) (int, error) {
	if len(courses) == 0 {
		return 0, nil
	}
	return affected(db.NewUpdate().Model(table).Set("learner_id = ?", f.pseudonym).Where("tenant_id = ?", f.tenant).
		Where("course_id IN (?)", bun.In(courses)).Where("learner_id = ?", f.learner).Exec(ctx))
}

// inReplies removes the learner's own replies, and mends those that name him.
func (f forgetting) inReplies(ctx context.Context, db bun.IDB) (int, error) {
	n, err := affected(db.NewDelete().Model((*ReplyRow)(nil)).
		Where("tenant_id = ?", f.tenant).Where("subject = ?", string(f.learner)).Exec(ctx))
	if err != nil {
		return n, err
	}
	var last ReplyRow
	for {
		var rows []ReplyRow
		err := db.NewSelect().Model(&rows).Where("tenant_id = ?", f.tenant).
			Where("(subject, name) > (?, ?)", last.Subject, last.Name).Order("subject", "name").Limit(repliesAtOnce).Scan(ctx)
		if err != nil {
			return n, err
		}
		for _, row := range rows {
			mended, err := f.inReply(ctx, db, row)
			if err != nil {
				return n, err
			}
			n += mended
		}
		if len(rows) < repliesAtOnce {
			return n, nil
		}
		last = rows[len(rows)-1]
	}
}

func (f forgetting) inReply(ctx context.Context, db bun.IDB, row ReplyRow) (int, error) {
	kept, err := row.kept()
	if err != nil || !f.inOutcomes(kept.Outcomes) {
		return 0, err
	}
	if row, err = newReplyRow(f.tenant, kept); err != nil {
		return 0, err
	}
	return affected(db.NewUpdate().Model(&row).Column("outcomes").WherePK().Exec(ctx))
}

// inOutcomes renames the learner and reports whether he was there.
func (f forgetting) inOutcomes(outcomes []ports.Outcome) (found bool) {
	rename := func(s *domain.Standing) {
		if s.Learner == f.learner {
			s.Learner, found = f.pseudonym, true
		}
	}
	for i := range outcomes {
		rename(&outcomes[i].Standing)
		for j := range outcomes[i].Promoted {
			rename(&outcomes[i].Promoted[j])
		}
	}
	return found
}
