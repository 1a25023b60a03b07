package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A reader reads by one statement each, so that what it returns was true at one moment.
type reader struct {
	engine Engine
	db     bun.IDB
}

// Course implements [ports.Reader].
func (r reader) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	row := CourseRow{TenantID: tenant, CourseID: id}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(about(ctx, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Course{}, domain.ErrCourseNotFound
	}
	return row.course(), r.engine.failed("read a course", err)
}

// Courses implements [ports.Reader].
func (r reader) Courses(ctx context.Context, tenant domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	var rows []CourseRow
	q := r.db.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).Where("course_id > ?", page.After)
	if page.Open != nil {
		q = q.Where("open = ?", *page.Open)
	}
	err := q.Order("course_id").Limit(int64(page.Limit)).Scan(about(ctx, tenant))
	return convert(rows, CourseRow.course), r.engine.failed("read courses", err)
}

// Standing implements [ports.Reader].
func (r reader) Standing(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID,
) (ports.RankedStanding, error) {
	found, err := r.placed(ctx, tenant, course, r.standings(tenant, course).Where("s.learner_id = ?", learner))
	switch {
	case err != nil:
		return ports.RankedStanding{}, err
	case len(found) == 0:
		return ports.RankedStanding{}, domain.ErrNotEnrolled
	}
	return found[0], nil
}

// Standings implements [ports.Reader].
func (r reader) Standings(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, page ports.StandingPage,
) ([]ports.RankedStanding, error) {
	in := func(status domain.Status) *bun.SelectQuery {
		return inStatus(r.standings(tenant, course), status).Where("s.sequence > ?", page.After).Limit(int64(page.Limit))
	}
	if page.Status != "" {
		return r.placed(ctx, tenant, course, in(page.Status))
	}
	return r.placed(ctx, tenant, course, r.db.NewSelect().OrderExpr("s.sequence").Limit(int64(page.Limit)).
		TableExpr("(SELECT * FROM (?) AS e UNION ALL SELECT * FROM (?) AS l UNION ALL SELECT * FROM (?) AS w) AS s",
			in(domain.Enrolled), in(domain.Waitlisted), in(domain.Withdrawn)))
}

func (r reader) standings(tenant domain.TenantID, course domain.CourseID) *bun.SelectQuery {
	return r.db.NewSelect().Model((*StandingRow)(nil)).Where("s.tenant_id = ?", tenant).Where("s.course_id = ?", course)
}

// placed returns the standings of a page with their places in line. It has the database count once, for those before the
// first on the page who waits; from there on places go up by one, for a page leaves out none who waits.
func (r reader) placed(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, page *bun.SelectQuery,
) ([]ports.RankedStanding, error) {
	first := r.db.NewSelect().TableExpr("page").ColumnExpr("min(sequence)").Where("status = ?", domain.Waitlisted)
	before := r.standings(tenant, course).ColumnExpr("count(*)").
		Where("s.status = ?", domain.Waitlisted).Where("s.sequence < (?)", first)
	var rows []struct {
		StandingRow `bun:",extend"`
		Before      int `bun:"before"`
	}
	err := r.db.NewSelect().With("page", page).TableExpr("page").ColumnExpr("page.*").ColumnExpr("(?) AS before", before).
		Order("sequence").Scan(about(ctx, tenant), &rows)
	if err != nil {
		return nil, r.engine.failed("read standings", err)
	}
	found := make([]ports.RankedStanding, len(rows))
	waiting := 0
	for i, row := range rows {
		found[i].Standing = row.standing()
		if row.Status == domain.Waitlisted {
			waiting++
			found[i].Position = row.Before + waiting
		}
	}
	return found, nil
}

// Purged implements [ports.Reader].
func (r reader) Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (int64, error) {
	row := outboxRow{Tenant: tenant, Course: course}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(about(ctx, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return row.Purged, r.engine.failed("read how far a journal is purged", err)
}

// entriesAtOnce is how much of a journal is held while its reader works; no connection is.
const entriesAtOnce = 1000

// Journal implements [ports.Reader].
func (r reader) Journal(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64,
) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		last := after
		for {
			var rows []EntryRow
			err := r.db.NewSelect().Model(&rows).
				Where("tenant_id = ?", tenant).Where("course_id = ?", course).Where("sequence > ?", last).
				Order("sequence").Limit(entriesAtOnce).Scan(about(ctx, tenant))
			if err != nil {
				yield(ports.Entry{}, r.engine.failed("read a journal", err))
				return
			}
			for _, row := range rows {
				if !yield(row.entry(), nil) {
					return
				}
			}
			if len(rows) < entriesAtOnce {
				return
			}
			last = rows[len(rows)-1].Sequence
		}
	}
}
