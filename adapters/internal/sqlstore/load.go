package sqlstore

import (
	"context"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

// A loader reads what need names, in a transaction that alone writes.
type loader struct {
	bun.IDB
	need ports.Need
}

func (l loader) load(ctx context.Context) (found Found, err error) {
	if found.Courses, err = l.courses(ctx); err != nil {
		return found, err
	}
	lines := make(map[domain.CourseID]bool, len(found.Courses)) // whether the course has one, by its id where it is there
	for _, row := range found.Courses {
		lines[row.CourseID] = row.WaitlistLength > 0
	}
	if found.Standings, err = l.standings(ctx, lines); err != nil {
		return found, err
	}
	if found.Lines, err = l.lines(ctx, lines); err != nil {
		return found, err
	}
	found.Replies, err = l.replies(ctx)
	return found, err
}

// courses are kept from others until the transaction ends: it is the one that writes.
func (l loader) courses(ctx context.Context) (rows []CourseRow, err error) {
	if len(l.need.Courses) == 0 {
		return nil, nil
	}
	ids := convert(l.need.Courses, func(n ports.NeedCourse) domain.CourseID { return n.ID })
	err = l.NewSelect().Model(&rows).Where("tenant_id = ?", l.need.Tenant).Where("course_id IN (?)", bun.In(ids)).Scan(ctx)
	return rows, err
}

// What is wanted goes into a statement as a table.
type (
	wantedLearner struct {
		Course  domain.CourseID  `bun:"course_id,type:text"`
		Learner domain.LearnerID `bun:"learner_id,type:text"`
	}
	wantedKey struct {
		Subject string `bun:"subject,type:text"`
		Name    string `bun:"name,type:text"`
	}
)

func (l loader) standings(ctx context.Context, there map[domain.CourseID]bool) (rows []StandingRow, err error) {
	var wanted []wantedLearner
	for _, n := range l.need.Courses {
		if _, ok := there[n.ID]; !ok {
			continue
		}
		for _, learner := range n.Learners {
			wanted = append(wanted, wantedLearner{n.ID, learner})
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	err = l.NewSelect().With("wanted", l.NewValues(&wanted)).Model(&rows).
		Join("JOIN wanted AS w ON w.course_id = s.course_id AND w.learner_id = s.learner_id").
		Where("s.tenant_id = ?", l.need.Tenant).
		Scan(ctx)
	return rows, err
}

// lines reads the head of each line by a statement of its own.
func (l loader) lines(ctx context.Context, lines map[domain.CourseID]bool) (rows []StandingRow, err error) {
	for _, n := range l.need.Courses {
		if n.FirstWaiting == 0 || !lines[n.ID] {
			continue
		}
		var head []StandingRow
		err := InLine(l, l.need.Tenant).Where("s.course_id = ?", n.ID).Limit(int64(n.FirstWaiting)).Scan(ctx, &head)
		if err != nil {
			return nil, err
		}
		rows = append(rows, head...)
	}
	return rows, nil
}

func (l loader) replies(ctx context.Context) (rows []ReplyRow, err error) {
	if len(l.need.Keys) == 0 {
		return nil, nil
	}
	wanted := convert(l.need.Keys, func(k ports.IdempotencyKey) wantedKey { return wantedKey(k) })
	err = l.NewSelect().With("wanted", l.NewValues(&wanted)).Model(&rows).
		Join("JOIN wanted AS w ON w.subject = r.subject AND w.name = r.name").
		Where("r.tenant_id = ?", l.need.Tenant).
		Scan(ctx)
	return rows, err
}
