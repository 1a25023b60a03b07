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

// A reader reads with one statement per method, so that a result is of one moment; only Journal takes several.
type reader struct {
	driver Driver
	db     bun.IDB
}

// Course implements [ports.Reader].
func (r reader) Course(ctx context.Context, tenant domain.TenantID, id domain.CourseID) (domain.Course, error) {
	row := CourseRow{TenantID: tenant, CourseID: id}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(withTenant(ctx, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Course{}, domain.ErrCourseNotFound
	}
	return row.course(), r.driver.failed("read a course", err)
}

// Courses implements [ports.Reader].
func (r reader) Courses(ctx context.Context, tenant domain.TenantID, page ports.CoursePage) ([]domain.Course, error) {
	var rows []CourseRow
	q := r.db.NewSelect().Model(&rows).Where("tenant_id = ?", tenant).Where("course_id > ?", page.After)
	if page.Open != nil {
		q = q.Where("open = ?", *page.Open)
	}
	err := q.Order("course_id").Limit(int64(page.Limit)).Scan(withTenant(ctx, tenant))
	return convert(rows, CourseRow.course), r.driver.failed("read courses", err)
}

// Standing implements [ports.Reader].
func (r reader) Standing(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, learner domain.LearnerID,
) (ports.RankedStanding, error) {
	ranked, err := r.ranked(ctx, tenant, course, r.standings(tenant, course).Where("s.learner_id = ?", learner))
	switch {
	case err != nil:
		return ports.RankedStanding{}, err
	case len(ranked) == 0:
		return ports.RankedStanding{}, domain.ErrNotEnrolled
	}
	return ranked[0], nil
}

// Standings implements [ports.Reader].
func (r reader) Standings(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, page ports.StandingPage,
) ([]ports.RankedStanding, error) {
	in := func(status domain.Status) *bun.SelectQuery {
		return inStatus(r.standings(tenant, course), status).Where("s.sequence > ?", page.After).Limit(int64(page.Limit))
	}
	if page.Status != "" {
		return r.ranked(ctx, tenant, course, in(page.Status))
	}
	return r.ranked(ctx, tenant, course, r.db.NewSelect().OrderExpr("s.sequence").Limit(int64(page.Limit)).
		TableExpr("(SELECT * FROM (?) AS e UNION ALL SELECT * FROM (?) AS l UNION ALL SELECT * FROM (?) AS w) AS s",
			in(domain.Enrolled), in(domain.Waitlisted), in(domain.Withdrawn)))
}

func (r reader) standings(tenant domain.TenantID, course domain.CourseID) *bun.SelectQuery {
	return r.db.NewSelect().Model((*StandingRow)(nil)).Where("s.tenant_id = ?", tenant).Where("s.course_id = ?", course)
}

// inStatus restricts a query of standings to a status, in order of sequence. The status is compared as a range, and is the
// first of the order, so that only the index that begins with it serves. A planner whose statistics are older than the
// rows else takes the index of the learners, and reads every enrolled one to find the first who waits.
func inStatus(standings *bun.SelectQuery, status domain.Status) *bun.SelectQuery {
	return standings.Where("s.status BETWEEN ? AND ?", status, status).OrderExpr("s.status, s.sequence")
}

// ranked returns the standings of a page with their positions on the waitlist. The database counts once: the learners who
// wait before the first waiting one on the page. From there positions go up by one, since a page leaves out none of them.
func (r reader) ranked(
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
		Order("sequence").Scan(withTenant(ctx, tenant), &rows)
	if err != nil {
		return nil, r.driver.failed("read standings", err)
	}
	ranked := make([]ports.RankedStanding, len(rows))
	waiting := 0
	for i, row := range rows {
		ranked[i].Standing = row.standing()
		if row.Status == domain.Waitlisted {
			waiting++
			ranked[i].Position = row.Before + waiting
		}
	}
	return ranked, nil
}

// Purged implements [ports.Reader].
func (r reader) Purged(ctx context.Context, tenant domain.TenantID, course domain.CourseID) (int64, error) {
	row := outboxRow{Tenant: tenant, Course: course}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(withTenant(ctx, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return row.PurgedUpTo, r.driver.failed("read how far a journal is purged", err)
}

// journalPage is how many entries Journal holds in memory. Between pages it holds no connection.
const journalPage = 1000

// Journal implements [ports.Reader].
func (r reader) Journal(
	ctx context.Context, tenant domain.TenantID, course domain.CourseID, after int64,
) iter.Seq2[ports.Entry, error] {
	return func(yield func(ports.Entry, error) bool) {
		for last := after; ; {
			var rows []EntryRow
			err := r.db.NewSelect().Model(&rows).
				Where("tenant_id = ?", tenant).Where("course_id = ?", course).Where("sequence > ?", last).
				Order("sequence").Limit(journalPage).Scan(withTenant(ctx, tenant))
			if err != nil {
				yield(ports.Entry{}, r.driver.failed("read a journal", err))
				return
			}
			for _, row := range rows {
				if !yield(row.entry(), nil) {
					return
				}
			}
			if len(rows) < journalPage {
				return
			}
			last = rows[len(rows)-1].Sequence
		}
	}
}

type tenantKey struct{}

// withTenant names the tenant of a query to a connection that has to set it.
func withTenant(ctx context.Context, tenant domain.TenantID) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// TenantOf returns the tenant whose rows a query reads; false if it reads those of none.
func TenantOf(ctx context.Context) (domain.TenantID, bool) {
	tenant, ok := ctx.Value(tenantKey{}).(domain.TenantID)
	return tenant, ok
}
