package sqlstore

import (
	"github.com/uptrace/bun"

	"example.com/roster/domain"
)

// InLine selects who waits, of any course of a tenant, in order.
func InLine(db bun.IDB, tenant any) *bun.SelectQuery {
	return inStatus(db.NewSelect().Model((*StandingRow)(nil)), domain.Waitlisted).Where("s.tenant_id = ?", tenant)
}

// inStatus restricts q to a status, in order of sequence. It is put as a range, and as the first of the order, so that
// only the index with the status serves: a planner that has not seen how the data has grown else takes the one of the
// learners, and reads all the enrolled to find who waits.
func inStatus(standings *bun.SelectQuery, status domain.Status) *bun.SelectQuery {
	return standings.Where("s.status BETWEEN ? AND ?", status, status).OrderExpr("s.status, s.sequence")
}
