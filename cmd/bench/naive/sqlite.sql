CREATE TABLE courses (
    tenant_id       TEXT      NOT NULL,
    course_id       TEXT      NOT NULL,
    capacity        INTEGER   NOT NULL,
    open            BOOLEAN   NOT NULL,
    waitlist        BOOLEAN   NOT NULL,
    seats_taken     INTEGER   NOT NULL,
    waitlist_length INTEGER   NOT NULL,
    sequence        INTEGER   NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITHOUT ROWID;

CREATE TABLE enrollments (
    tenant_id       TEXT      NOT NULL,
    course_id       TEXT      NOT NULL,
    learner_id      TEXT      NOT NULL,
    enrollment_id   TEXT      NOT NULL,
    status          TEXT      NOT NULL,
    sequence        INTEGER   NOT NULL,
    since           TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, course_id, learner_id)
) WITHOUT ROWID;
CREATE INDEX enrollments_in_line ON enrollments (tenant_id, course_id, sequence) WHERE status = 'waitlisted';

CREATE TABLE outbox (
    tenant_id       TEXT      NOT NULL,
    course_id       TEXT      NOT NULL,
    sequence        INTEGER   NOT NULL,
    event_id        TEXT      NOT NULL,
    type            TEXT      NOT NULL,
    learner_id      TEXT      NOT NULL,
    enrollment_id   TEXT      NOT NULL,
    occurred_at     TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, course_id, sequence)
) WITHOUT ROWID;

CREATE TABLE replies (
    tenant_id       TEXT      NOT NULL,
    name            TEXT      NOT NULL,
    request         TEXT      NOT NULL,
    status          INTEGER   NOT NULL,
    body            BLOB      NOT NULL,
    replied_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (tenant_id, name)
) WITHOUT ROWID;
