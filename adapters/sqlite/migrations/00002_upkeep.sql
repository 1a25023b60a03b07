-- +goose Up
-- Replies expire by their time.
CREATE INDEX replies_by_time ON replies (replied_at);

-- +goose Down
DROP INDEX replies_by_time;
