-- A page of all standings is put together of a page of each status. What is written most gets by with one index less.

-- +goose Up
DROP INDEX standings_by_sequence;

-- +goose Down
CREATE INDEX standings_by_sequence ON standings (tenant_id, course_id, sequence);
