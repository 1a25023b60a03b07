-- What a learner holds on all courses, and renames.

-- +goose Up
-- Only a query that says course_id > '' uses this index, as in the PostgreSQL schema.
CREATE INDEX standings_by_learner ON standings (tenant_id, learner_id, course_id) WHERE course_id > '';

ALTER TABLE journal ADD COLUMN previous_learner_id TEXT;
CREATE INDEX journal_renames ON journal (tenant_id, course_id, sequence) WHERE previous_learner_id IS NOT NULL;

-- +goose Down
DROP INDEX journal_renames;
ALTER TABLE journal DROP COLUMN previous_learner_id;
DROP INDEX standings_by_learner;
