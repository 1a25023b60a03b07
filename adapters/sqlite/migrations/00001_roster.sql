-- Every key but the replies' begins with tenant and course, as in the PostgreSQL schema. WITHOUT ROWID keeps a row in its
-- key's index, which saves a second one.

-- +goose Up
CREATE TABLE courses (
    tenant_id       TEXT    NOT NULL,
    course_id       TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    capacity        INTEGER NOT NULL,
    open            BOOLEAN NOT NULL,
    waitlist        BOOLEAN NOT NULL,
    seats_taken     INTEGER NOT NULL,
    waitlist_length INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITHOUT ROWID;

CREATE TABLE standings (
    tenant_id     TEXT      NOT NULL,
    course_id     TEXT      NOT NULL,
    learner_id    TEXT      NOT NULL,
    enrollment_id TEXT      NOT NULL,
    status        TEXT      NOT NULL,
    sequence      INTEGER   NOT NULL,
    since         TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, course_id, learner_id)
) WITHOUT ROWID;
CREATE INDEX standings_by_sequence ON standings (tenant_id, course_id, sequence);
CREATE INDEX standings_by_status ON standings (tenant_id, course_id, status, sequence);

-- An entry is looked up by its sequence, also where its id decides: the id needs no index.
CREATE TABLE journal (
    tenant_id     TEXT      NOT NULL,
    course_id     TEXT      NOT NULL,
    sequence      INTEGER   NOT NULL,
    entry_id      TEXT      NOT NULL,
    correlation   TEXT      NOT NULL,
    type          TEXT      NOT NULL,
    occurred_at   TIMESTAMP NOT NULL,
    learner_id    TEXT,
    enrollment_id TEXT,
    from_status   TEXT,
    title         TEXT,
    capacity      INTEGER,
    open          BOOLEAN,
    waitlist      BOOLEAN,
    PRIMARY KEY (tenant_id, course_id, sequence)
) WITHOUT ROWID;

CREATE TABLE replies (
    tenant_id   TEXT      NOT NULL,
    subject     TEXT      NOT NULL,
    name        TEXT      NOT NULL,
    fingerprint TEXT      NOT NULL,
    replied_at  TIMESTAMP NOT NULL,
    outcomes    BLOB      NOT NULL,
    PRIMARY KEY (tenant_id, subject, name)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE courses;
DROP TABLE standings;
DROP TABLE journal;
DROP TABLE replies;
