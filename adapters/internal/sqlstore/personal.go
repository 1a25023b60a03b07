package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"example.com/roster/adapters/internal/renames"
	"example.com/roster/domain"
	"example.com/roster/ports"
)

// repliesPage is how many replies are held in memory while they are searched: the reply of a chunk is tens of kilobytes.
const repliesPage = 100

// LearnerStandings implements [ports.ErasureStore].
func (s *Store) LearnerStandings(
	ctx context.Context, tenant domain.TenantID, learner domain.LearnerID, page ports.LearnerPage,
) (ranked []ports.RankedStanding, err error) {
	d := dataSubject{tenant: tenant, learner: learner}
	err = s.readFresh(ctx, s.driver.tenant(tenant), func(ctx context.Context, tx bun.IDB) error {
		standings := d.standings(tx).Where("s.course_id > ?", page.After).Limit(int64(page.Limit))
		upTo := tx.NewSelect().Model((*StandingRow)(nil)).ColumnExpr("count(*)").Where("s.tenant_id = ?", tenant).
			Where("s.course_id = p.course_id").Where("s.status = ?", domain.Waitlisted).Where("s.sequence <= p.sequence")
		var rows []struct {
			StandingRow `bun:",extend"`
			Position    int `bun:"position"`
		}
		err := tx.NewSelect().TableExpr("(?) AS p", standings).ColumnExpr("p.*").
			ColumnExpr("CASE WHEN p.status = ? THEN (?) ELSE 0 END AS position", domain.Waitlisted, upTo).
			OrderExpr("p.course_id").Scan(ctx, &rows)
		for _, row := range rows {
			ranked = append(ranked, ports.RankedStanding{Standing: row.standing(), Position: row.Position})
		}
		return s.driver.failed("read a learner's standings", err)
	})
	return ranked, err
}

// About implements [ports.ErasureStore]. It reads as long as the tenant's replies are many.
func (s *Store) About(ctx context.Context, tenant domain.TenantID, learner domain.LearnerID) (data ports.PersonalData, err error) {
	d := dataSubject{tenant: tenant, learner: learner}
	err = s.readTx(ctx, s.pools.Fresh, s.driver.tenant(tenant), func(ctx context.Context, tx bun.IDB) (err error) {
		data, err = d.read(ctx, tx)
		return s.driver.failed("read what is stored about a learner", err)
	})
	return data, err
}

// A dataSubject is a learner, with all that says where the learner is named.
type dataSubject struct {
	tenant  domain.TenantID
	learner domain.LearnerID
	courses []domain.CourseID // on which the learner has a standing
	spans   []span            // of their journals
	person  renames.Person
}

// standings selects the learner's standings in order of course. Only the index of the learners serves the range and the order, and it
// needs the condition on the course.
func (d *dataSubject) standings(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().Model((*StandingRow)(nil)).
		Where("s.tenant_id = ?", d.tenant).Where("s.learner_id BETWEEN ? AND ?", d.learner, d.learner).Where("s.course_id > ''").
		OrderExpr("s.learner_id, s.course_id")
}

func (d *dataSubject) read(ctx context.Context, db bun.IDB) (data ports.PersonalData, err error) {
	var standings []StandingRow
	if err := d.standings(db).Scan(ctx, &standings); err != nil {
		return data, err
	}
	data.Standings = convert(standings, StandingRow.standing)
	d.courses = convert(standings, func(row StandingRow) domain.CourseID { return row.CourseID })
	if err := d.followRenames(ctx, db); err != nil {
		return data, err
	}
	for _, span := range d.spans {
		var entries []EntryRow
		if err := db.NewSelect().Model(&entries).Where("tenant_id = ?", d.tenant).ApplyQueryBuilder(span.entries).Scan(ctx); err != nil {
			return data, err
		}
		data.Events = append(data.Events, convert(entries, EntryRow.entry)...)
	}
	slices.SortFunc(data.Events, func(a, b ports.Entry) int {
		return cmp.Or(cmp.Compare(a.Course, b.Course), cmp.Compare(a.Sequence, b.Sequence))
	})
	var letters []deadLetterRow
	err = db.NewSelect().Model(&letters).Where("tenant_id = ?", d.tenant).
		ApplyQueryBuilder(named(d.person, "learner_id", "buried_at")).Order("letter_id").Scan(ctx)
	if err != nil {
		return data, err
	}
	data.DeadLetters = convert(letters, deadLetterRow.deadLetter)
	err = eachReply(ctx, db, d.tenant, func(record ports.IdempotencyRecord) error {
		if d.person.Is(domain.LearnerID(record.Subject), record.At) || len(d.person.Standings(record)) > 0 {
			data.Replies = append(data.Replies, record)
		}
		return nil
	})
	return data, err
}

// A span is a part of the journals of courses in which an id means the learner.
type span struct {
	courses []domain.CourseID
	learner domain.LearnerID
	first   int64
	last    int64
}

// entries restricts a query of the tenant's journals to the learner's entries.
func (s span) entries(q bun.QueryBuilder) bun.QueryBuilder {
	return q.Where("course_id IN (?)", bun.List(s.courses)).Where("sequence BETWEEN ? AND ?", s.first, s.last).
		Where("learner_id = ?", s.learner)
}

// followRenames finds the spans and the person. On a course, a rename to the learner's id leads to an earlier id; before a rename from
// an id, the id meant another person.
func (d *dataSubject) followRenames(ctx context.Context, db bun.IDB) error {
	ids := []domain.LearnerID{d.learner}
	var rows []EntryRow
	for known := 0; known < len(ids); {
		known, rows = len(ids), nil
		err := db.NewSelect().Model(&rows).Where("tenant_id = ?", d.tenant).Where("course_id IN (?)", bun.List(d.courses)).
			Where("previous_learner_id IS NOT NULL").
			Where("(learner_id IN (?) OR previous_learner_id IN (?))", bun.List(ids), bun.List(ids)).
			OrderExpr("course_id, sequence DESC").Scan(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if slices.Contains(ids, row.LearnerID) && !slices.Contains(ids, row.Previous) {
				ids = append(ids, row.Previous)
			}
		}
	}
	of := make(map[domain.CourseID][]EntryRow)
	for _, row := range rows {
		of[row.CourseID] = append(of[row.CourseID], row)
	}
	d.person = renames.Person{}
	without := span{learner: d.learner, first: 1, last: math.MaxInt64}
	for _, course := range d.courses {
		if of[course] == nil {
			without.courses = append(without.courses, course)
		} else {
			d.followRenamesOn(course, of[course])
		}
	}
	d.spans = append(d.spans, without)
	d.person[d.learner] = time.Time{}
	return nil
}

// followRenamesOn takes the renames of a course from the last to the first.
func (d *dataSubject) followRenamesOn(course domain.CourseID, rows []EntryRow) {
	at := span{courses: []domain.CourseID{course}, learner: d.learner, first: 1, last: math.MaxInt64}
	for _, r := range rows {
		switch {
		case r.Previous == at.learner && r.LearnerID != at.learner:
			at.first = r.Sequence + 1
			d.spans = append(d.spans, at)
			return
		case r.LearnerID == at.learner:
			d.person.Add(r.Previous, r.At.UTC())
			before := at
			before.learner, before.last = r.Previous, r.Sequence-1
			at.first = r.Sequence
			d.spans = append(d.spans, at)
			at = before
		}
	}
	d.spans = append(d.spans, at)
}

// named restricts a query to the rows whose id meant the person at their time.
func named(p renames.Person, id, at bun.Ident) func(bun.QueryBuilder) bun.QueryBuilder {
	return func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.WhereGroup(" AND ", func(q bun.QueryBuilder) bun.QueryBuilder {
			for learner, until := range p {
				if until.IsZero() {
					q = q.WhereOr("? = ?", id, string(learner))
				} else {
					q = q.WhereOr("(? = ? AND ? <= ?)", id, string(learner), at, until)
				}
			}
			return q
		})
	}
}

// eachReply calls do with each reply of the tenant, in order of subject and name.
func eachReply(ctx context.Context, db bun.IDB, tenant domain.TenantID, do func(ports.IdempotencyRecord) error) error {
	for last := (ReplyRow{}); ; {
		var rows []ReplyRow
		err := db.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).
			Where("(subject, name) > (?, ?)", last.Subject, last.Name).Order("subject", "name").Limit(repliesPage).Scan(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			record, err := row.record()
			if err == nil {
				err = do(record)
			}
			if err != nil {
				return err
			}
		}
		if len(rows) < repliesPage {
			return nil
		}
		last = rows[len(rows)-1]
	}
}
