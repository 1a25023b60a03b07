-- What a learner holds on all courses, and renames.

-- +goose Up
-- Only a query that says course_id > '' can use this index. A planner without statistics would else take it in place of the primary key.
-- CREATE INDEX keeps writers out; an index that was created CONCURRENTLY before stays.
CREATE INDEX IF NOT EXISTS standings_by_learner ON standings (tenant_id, learner_id, course_id) WHERE course_id > '';

ALTER TABLE journal ADD COLUMN previous_learner_id text COLLATE "C";
CREATE INDEX journal_renames ON journal (tenant_id, course_id, sequence) WHERE previous_learner_id IS NOT NULL;
GRANT UPDATE (previous_learner_id) ON journal TO roster_serve;

-- +goose Down
ALTER TABLE journal DROP COLUMN previous_learner_id;
DROP INDEX standings_by_learner;
