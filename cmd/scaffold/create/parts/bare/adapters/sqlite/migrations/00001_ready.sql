-- +goose Up
-- A table without rows: an update of it shows that the database can be written.
CREATE TABLE ready (
    at TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE ready;
