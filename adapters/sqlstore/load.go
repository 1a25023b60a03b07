package sqlstore

import (
	"context"

	"github.com/uptrace/bun"

	"example.com/roster/domain"
	"example.com/roster/ports"
)

type (
	courses  map[domain.CourseID]domain.Course // those that exist
	byCourse map[domain.CourseID][]domain.Standing
)

// load answers need and returns the courses as they were. It locks them first and reads the rest in later statements:
// a statement sees what was committed when it began, and the one that waits for a lock began too early.
func load(ctx context.Context, db bun.IDB, engine Engine, need ports.Need) (ports.Loaded, courses, error) {
	known, err := lock(ctx, db, engine, need)
	if err != nil {
		return ports.Loaded{}, nil, err
	}
	standings, err := standingsOf(ctx, db, need, known)
	if err != nil {
		return ports.Loaded{}, nil, err
	}
	lines, err := linesOf(ctx, db, engine, need, known)
	if err != nil {
		return ports.Loaded{}, nil, err
	}
	replies, err := repliesOf(ctx, db, need)
	if err != nil {
		return ports.Loaded{}, nil, err
	}
	loaded := ports.Loaded{Rosters: make([]*domain.Roster, len(need.Courses)), Replies: make([]ports.Kept, len(need.Keys))}
	for i, n := range need.Courses {
		course := known[n.ID]
		course.ID = n.ID
		loaded.Rosters[i] = domain.NewRoster(course, standings[n.ID], lines[n.ID])
	}
	for i, key := range need.Keys {
		loaded.Replies[i] = replies[key]
	}
	return loaded, known, nil
}

// lock reads the courses and keeps others from changing them until the transaction ends, in one order for all.
func lock(ctx context.Context, db bun.IDB, engine Engine, need ports.Need) (courses, error) {
	if len(need.Courses) == 0 {
		return nil, nil
	}
	ids := convert(need.Courses, func(n ports.NeedCourse) domain.CourseID { return n.ID })
	var rows []courseRow
	q := db.NewSelect().Model(&rows).Where("tenant_id = ?", need.Tenant).Where("course_id IN (?)", bun.In(ids)).Order("course_id")
	if engine.RowLock != "" {
		q = q.For(engine.RowLock)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	known := make(courses, len(rows))
	for _, row := range rows {
		known[row.Course] = row.course()
	}
	return known, nil
}

// What is wanted goes into a statement as a table.
type (
	wantedLearner struct {
		Course  domain.CourseID  `bun:"course_id,type:text"`
		Learner domain.LearnerID `bun:"learner_id,type:text"`
	}
	wantedLine struct {
		Course domain.CourseID `bun:"course_id,type:text"`
		Line   int             `bun:"line,type:bigint"`
	}
	wantedKey struct {
		Subject string `bun:"subject,type:text"`
		Name    string `bun:"name,type:text"`
	}
)

func standingsOf(ctx context.Context, db bun.IDB, need ports.Need, known courses) (byCourse, error) {
	var wanted []wantedLearner
	for _, n := range need.Courses {
		if !known[n.ID].Exists() {
			continue
		}
		for _, learner := range n.Learners {
			wanted = append(wanted, wantedLearner{n.ID, learner})
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	var rows []standingRow
	err := db.NewSelect().With("wanted", db.NewValues(&wanted)).Model(&rows).
		Join("JOIN wanted AS w ON w.course_id = s.course_id AND w.learner_id = s.learner_id").
		Where("s.tenant_id = ?", need.Tenant).
		Scan(ctx)
	return group(rows), err
}

func linesOf(ctx context.Context, db bun.IDB, engine Engine, need ports.Need, known courses) (byCourse, error) {
	var wanted []wantedLine
	for _, n := range need.Courses {
		if n.Line > 0 && known[n.ID].WaitlistLength > 0 {
			wanted = append(wanted, wantedLine{n.ID, n.Line})
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	read := oneByOne
	if engine.Lateral {
		read = together
	}
	rows, err := read(ctx, db, need.Tenant, wanted)
	return group(rows), err
}

// together reads the heads of all lines in one statement.
func together(ctx context.Context, db bun.IDB, tenant domain.TenantID, wanted []wantedLine) (rows []standingRow, err error) {
	line := waiting(db, tenant).Where("s.course_id = w.course_id")
	err = db.NewSelect().With("wanted", db.NewValues(&wanted)).TableExpr("wanted AS w").
		Join("CROSS JOIN LATERAL (? LIMIT w.line) AS s", line).ColumnExpr("s.*").OrderExpr("s.sequence").Scan(ctx, &rows)
	return rows, err
}

// oneByOne reads the head of each line by a statement of its own, where none can limit each of many.
func oneByOne(ctx context.Context, db bun.IDB, tenant domain.TenantID, wanted []wantedLine) (rows []standingRow, err error) {
	for _, w := range wanted {
		var head []standingRow
		err := waiting(db, tenant).Where("s.course_id = ?", w.Course).Limit(int64(w.Line)).Scan(ctx, &head)
		if err != nil {
			return nil, err
		}
		rows = append(rows, head...)
	}
	return rows, nil
}

func waiting(db bun.IDB, tenant domain.TenantID) *bun.SelectQuery {
	return inStatus(db.NewSelect().Model((*standingRow)(nil)), domain.Waitlisted).Where("s.tenant_id = ?", tenant)
}

// inStatus restricts q to a status, in order of sequence. It is put as a range, and as the first of the order, so that
// only the index that begins with the status serves: a planner that has not seen how the data has grown else takes the
// one by sequence, and reads all the enrolled to find who waits.
func inStatus(standings *bun.SelectQuery, status domain.Status) *bun.SelectQuery {
	return standings.Where("s.status BETWEEN ? AND ?", status, status).OrderExpr("s.status, s.sequence")
}

func group(rows []standingRow) byCourse {
	grouped := make(byCourse)
	for _, row := range rows {
		grouped[row.Course] = append(grouped[row.Course], row.standing())
	}
	return grouped
}

func repliesOf(ctx context.Context, db bun.IDB, need ports.Need) (map[ports.Key]ports.Kept, error) {
	if len(need.Keys) == 0 {
		return nil, nil
	}
	wanted := convert(need.Keys, func(k ports.Key) wantedKey { return wantedKey(k) })
	var rows []replyRow
	err := db.NewSelect().With("wanted", db.NewValues(&wanted)).Model(&rows).
		Join("JOIN wanted AS w ON w.subject = r.subject AND w.name = r.name").
		Where("r.tenant_id = ?", need.Tenant).
		Scan(ctx)
	if err != nil {
		return nil, err
	}
	replies := make(map[ports.Key]ports.Kept, len(rows))
	for _, row := range rows {
		kept, err := row.kept()
		if err != nil {
			return nil, err
		}
		replies[kept.Key] = kept
	}
	return replies, nil
}
