-- +goose Up
-- What is written to, without a change, to see whether the database can be written.
CREATE TABLE ready (
    at TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE ready;
