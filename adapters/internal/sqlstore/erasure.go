package sqlstore

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// repliesPage is how many replies are held in memory while they are searched: the reply of a chunk is tens of kilobytes.
const repliesPage = 100

// Forget implements [ports.ErasureStore]. The transaction lasts as long as the tenant's replies are many. It locks the learner's
// courses, which keeps out every Update that could name the learner but one: the learner may enroll in another course
// meanwhile. The last statement looks for that, and Forget retries. If Forget fails, it may have been done; to repeat it is
// harmless.
func (s *Store) Forget(
	ctx context.Context, tenant domain.TenantID, learner, pseudonym domain.LearnerID,
) (done ports.Forgotten, err error) {
	e := erasure{tenant, learner, pseudonym}
	err = s.inLongTx(ctx, "forget", s.driver.tenant(tenant), func(ctx context.Context, tx bun.Tx) (err error) {
		if done, err = e.run(ctx, tx, s.driver); err != nil {
			return err
		}
		left, err := e.standings(tx).Exists(ctx)
		if err == nil && left {
			err = &failure{s.driver.Name, "forget", Conflict, errors.New("the learner enrolled in another course meanwhile")}
		}
		return err
	})
	return done, err
}

// An erasure replaces a learner by a pseudonym.
type erasure struct {
	tenant             domain.TenantID
	learner, pseudonym domain.LearnerID
}

func (e erasure) run(ctx context.Context, tx bun.IDB, driver Driver) (done ports.Forgotten, err error) {
	var courses []domain.CourseID
	lock := tx.NewSelect().Model((*CourseRow)(nil)).Column("course_id").Where("c.tenant_id = ?", e.tenant).
		Where("c.course_id IN (?)", e.standings(tx).Column("course_id")).Order("course_id")
	if err := driver.forUpdate(lock).Scan(ctx, &courses); err != nil {
		return done, err
	}
	if done.Replies, err = e.replies(ctx, tx); err != nil {
		return done, err
	}
	if done.Standings, err = e.rename(ctx, tx, (*StandingRow)(nil), courses); err != nil {
		return done, err
	}
	if done.Events, err = e.rename(ctx, tx, (*EntryRow)(nil), courses); err != nil {
		return done, err
	}
	done.DeadLetters, err = affected(tx.NewDelete().Model((*deadLetterRow)(nil)).
		Where("tenant_id = ?", e.tenant).Where("learner_id = ?", e.learner).Exec(ctx))
	return done, err
}

func (e erasure) standings(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*StandingRow)(nil)).Where("s.tenant_id = ?", e.tenant).Where("s.learner_id = ?", e.learner)
}

// rename replaces the learner in the rows of these courses.
func (e erasure) rename(ctx context.Context, db bun.IDB, table any, courses []domain.CourseID) (int, error) {
	return affected(db.NewUpdate().Model(table).Set("learner_id = ?", e.pseudonym).Where("tenant_id = ?", e.tenant).
		Where("course_id IN (?)", bun.List(courses)).Where("learner_id = ?", e.learner).Exec(ctx))
}

// replies removes the replies to the learner, and renames the learner in all others.
func (e erasure) replies(ctx context.Context, db bun.IDB) (int, error) {
	n, err := affected(db.NewDelete().Model((*ReplyRow)(nil)).
		Where("tenant_id = ?", e.tenant).Where("subject = ?", string(e.learner)).Exec(ctx))
	if err != nil {
		return n, err
	}
	for last := (ReplyRow{}); ; {
		var rows []ReplyRow
		err := db.NewSelect().Model(&rows).Where("tenant_id = ?", e.tenant).
			Where("(subject, name) > (?, ?)", last.Subject, last.Name).Order("subject", "name").Limit(repliesPage).Scan(ctx)
		if err != nil {
			return n, err
		}
		for _, row := range rows {
			renamed, err := e.reply(ctx, db, row)
			if err != nil {
				return n, err
			}
			n += renamed
		}
		if len(rows) < repliesPage {
			return n, nil
		}
		last = rows[len(rows)-1]
	}
}

func (e erasure) reply(ctx context.Context, db bun.IDB, row ReplyRow) (int, error) {
	record, err := row.record()
	if err != nil || !e.renameIn(record.Outcomes) {
		return 0, err
	}
	if row, err = newReplyRow(e.tenant, record); err != nil {
		return 0, err
	}
	return affected(db.NewUpdate().Model(&row).Column("outcomes").WherePK().Exec(ctx))
}

// renameIn reports whether the outcomes named the learner.
func (e erasure) renameIn(outcomes []ports.Outcome) (named bool) {
	rename := func(s *domain.Standing) {
		if s.Learner == e.learner {
			s.Learner, named = e.pseudonym, true
		}
	}
	for i := range outcomes {
		rename(&outcomes[i].Standing)
		for j := range outcomes[i].Promoted {
			rename(&outcomes[i].Promoted[j])
		}
	}
	return named
}

// LearnerStandings implements [ports.ErasureStore].
func (s *Store) LearnerStandings(
	ctx context.Context, tenant domain.TenantID, learner domain.LearnerID, page ports.LearnerPage,
) (ranked []ports.RankedStanding, err error) {
	err = s.readFresh(ctx, s.driver.tenant(tenant), func(ctx context.Context, tx bun.IDB) error {
		before := tx.NewSelect().TableExpr("standings AS w").ColumnExpr("count(*)").
			Where("w.tenant_id = s.tenant_id").Where("w.course_id = s.course_id").
			Where("w.status = ?", domain.Waitlisted).Where("w.sequence <= s.sequence")
		var rows []struct {
			StandingRow `bun:",extend"`
			Position    int `bun:"position"`
		}
		err := tx.NewSelect().Model(&rows).ColumnExpr("s.*").
			ColumnExpr("CASE WHEN s.status = ? THEN (?) ELSE 0 END AS position", domain.Waitlisted, before).
			Where("s.tenant_id = ?", tenant).Where("s.learner_id = ?", learner).Where("s.course_id > ?", page.After).
			Order("s.course_id").Limit(int64(page.Limit)).Scan(ctx)
		for _, row := range rows {
			ranked = append(ranked, ports.RankedStanding{Standing: row.standing(), Position: row.Position})
		}
		return s.driver.failed("read a learner's standings", err)
	})
	return ranked, err
}

// About implements [ports.ErasureStore].
func (s *Store) About(context.Context, domain.TenantID, domain.LearnerID) (ports.PersonalData, error) {
	return ports.PersonalData{}, errors.ErrUnsupported // the next commit
}
