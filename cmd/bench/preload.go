package main

import (
	"context"
	"fmt"
	"strings"
)

// spreadCourses is the number of courses of the spread workload.
const spreadCourses = 10_000

// preload inserts full courses with waitlists by SQL, in one transaction: the rows that enrolling would have written, already
// published. The first capacity learners of each course have a seat.
func (t *target) preload(ctx context.Context, prefix string, courses, learners, capacity int) error {
	events := learners
	first := `'` + prefix + `' || lpad(c::text, 5, '0')`
	statements := []string{
		`INSERT INTO courses (tenant_id, course_id, capacity, open, waitlist, seats_taken, waitlist_length, sequence)
			SELECT 'default', {course}, {capacity}, true, true, {capacity}, {waitlisted}, {events} FROM generate_series(0, {courses} - 1) c`,
		`INSERT INTO outbox (tenant_id, course_id, sequence, event_id, type, learner_id, enrollment_id, occurred_at)
			SELECT 'default', {course}, n, gen_random_uuid(), {type}, {learner}, {enrollment}, timestamptz '2026-01-01 00:00Z' FROM {all}`,
	}
	if t.tables == tablesOfRoster {
		events++                               // course.opened
		published := `DELETE FROM unpublished` // what a trigger has just written; there is nothing else
		if hasRows, err := t.hasUnpublishedRows(ctx); err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		} else if !hasRows {
			published = `INSERT INTO outbox (tenant_id, course_id, published, purged)
				SELECT 'default', {course}, {events}, 0 FROM generate_series(0, {courses} - 1) c`
		}
		statements = []string{
			`INSERT INTO courses (tenant_id, course_id, title, capacity, open, waitlist, seats_taken, waitlist_length, sequence, revision)
				SELECT 'default', {course}, 'Course', {capacity}, true, true, {capacity}, {waitlisted}, {events}, 1 FROM generate_series(0, {courses} - 1) c`,
			published,
			`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, title, capacity, open, waitlist)
				SELECT 'default', {course}, 1, gen_random_uuid(), 'bench', 'course.opened', timestamptz '2026-01-01 00:00Z', 'Course', {capacity}, true, true
				FROM generate_series(0, {courses} - 1) c`,
			`INSERT INTO journal (tenant_id, course_id, sequence, entry_id, correlation, type, occurred_at, learner_id, enrollment_id)
				SELECT 'default', {course}, n + 1, gen_random_uuid(), 'bench', {type}, timestamptz '2026-01-01 00:00Z', {learner}, {enrollment} FROM {all}`,
		}
	}
	statements = append(statements, `INSERT INTO {standings} (tenant_id, course_id, learner_id, enrollment_id, status, sequence, since)
		SELECT 'default', {course}, {learner}, {enrollment}, CASE WHEN n <= {capacity} THEN 'enrolled' ELSE 'waitlisted' END,
			n + {events} - {learners}, timestamptz '2026-01-01 00:00Z' FROM {all}`)
	values := strings.NewReplacer("{standings}", t.tables.standings,
		"{course}", first, "{learner}", `'loaded-' || lpad(n::text, 7, '0')`,
		"{enrollment}", `md5(c::text || '-' || n::text)::uuid::text`,
		"{type}", `CASE WHEN n <= {capacity} THEN 'learner.enrolled' ELSE 'learner.waitlisted' END`,
		"{all}", `generate_series(0, {courses} - 1) c, generate_series(1, {learners}) n`)
	numbers := strings.NewReplacer("{capacity}", fmt.Sprint(capacity), "{waitlisted}", fmt.Sprint(learners-capacity),
		"{learners}", fmt.Sprint(learners), "{events}", fmt.Sprint(events), "{courses}", fmt.Sprint(courses))
	for i := range statements {
		statements[i] = numbers.Replace(values.Replace(statements[i]))
	}
	return t.load(ctx, statements)
}

// load executes statements in one transaction, and then analyzes the tables.
func (t *target) load(ctx context.Context, statements []string) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("load %s: %w", t.name, err)
	}
	defer tx.Rollback()
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("load %s: %w", t.name, err)
		}
	}
	if err = tx.Commit(); err == nil {
		err = t.analyze(ctx)
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", t.name, err)
	}
	return nil
}

// analyze removes dead rows, and gathers the statistics for query plans.
func (t *target) analyze(ctx context.Context) error {
	statement := "ANALYZE"
	if t.onPostgres() {
		statement = "VACUUM (ANALYZE)"
	}
	_, err := t.db.ExecContext(ctx, statement)
	return err
}
