-- Every key but the replies' begins with tenant and course, so that the tables can be distributed by them. Ids compare by
-- bytes (COLLATE "C"), as they do in Go.

-- +goose Up
-- A course's row is replaced at every change: room on its page keeps that cheap.
CREATE TABLE courses (
    tenant_id       text COLLATE "C" NOT NULL,
    course_id       text COLLATE "C" NOT NULL,
    title           text             NOT NULL,
    capacity        bigint           NOT NULL,
    open            boolean          NOT NULL,
    waitlist        boolean          NOT NULL,
    seats_taken     bigint           NOT NULL,
    waitlist_length bigint           NOT NULL,
    sequence        bigint           NOT NULL,
    revision        bigint           NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITH (fillfactor = 50);

CREATE TABLE standings (
    tenant_id     text COLLATE "C" NOT NULL,
    course_id     text COLLATE "C" NOT NULL,
    learner_id    text COLLATE "C" NOT NULL,
    enrollment_id text             NOT NULL,
    status        text COLLATE "C" NOT NULL,
    sequence      bigint           NOT NULL,
    since         timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, course_id, learner_id)
);
CREATE INDEX standings_by_sequence ON standings (tenant_id, course_id, sequence);
CREATE INDEX standings_by_status ON standings (tenant_id, course_id, status, sequence);

-- An entry is looked up by its sequence, also where its id decides: the id needs no index.
CREATE TABLE journal (
    tenant_id     text COLLATE "C" NOT NULL,
    course_id     text COLLATE "C" NOT NULL,
    sequence      bigint           NOT NULL,
    entry_id      text             NOT NULL,
    correlation   text             NOT NULL,
    type          text             NOT NULL,
    occurred_at   timestamptz      NOT NULL,
    learner_id    text COLLATE "C",
    enrollment_id text,
    from_status   text,
    title         text,
    capacity      bigint,
    open          boolean,
    waitlist      boolean,
    PRIMARY KEY (tenant_id, course_id, sequence)
);

CREATE TABLE replies (
    tenant_id   text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    fingerprint text             NOT NULL,
    replied_at  timestamptz      NOT NULL,
    outcomes    bytea            NOT NULL,
    PRIMARY KEY (tenant_id, subject, name)
);

-- +goose Down
DROP TABLE courses, standings, journal, replies;
