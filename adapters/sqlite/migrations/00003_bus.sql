-- +goose Up
-- How far each course's journal has been published, and how far it is a snapshot. A missing row means not at all: courses
-- that were there before are published from their first entry on.
CREATE TABLE outbox (
    tenant_id TEXT    NOT NULL,
    course_id TEXT    NOT NULL,
    published INTEGER NOT NULL,
    purged    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITHOUT ROWID;

CREATE TABLE dead_letters (
    tenant_id  TEXT      NOT NULL,
    letter_id  TEXT      NOT NULL,
    subject    TEXT      NOT NULL,
    role       TEXT      NOT NULL,
    key        TEXT      NOT NULL,
    learner_id TEXT,
    body       BLOB      NOT NULL,
    reason     TEXT      NOT NULL,
    detail     TEXT      NOT NULL,
    tries      INTEGER   NOT NULL,
    buried_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, letter_id)
) WITHOUT ROWID;

ALTER TABLE journal ADD COLUMN trace TEXT;

-- +goose Down
ALTER TABLE journal DROP COLUMN trace;
DROP TABLE dead_letters;
DROP TABLE outbox;
