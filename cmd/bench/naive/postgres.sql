CREATE TABLE courses (
    tenant_id       text COLLATE "C" NOT NULL,
    course_id       text COLLATE "C" NOT NULL,
    capacity        bigint           NOT NULL,
    open            boolean          NOT NULL,
    waitlist        boolean          NOT NULL,
    seats_taken     bigint           NOT NULL,
    waitlist_length bigint           NOT NULL,
    sequence        bigint           NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITH (fillfactor = 50);

CREATE TABLE enrollments (
    tenant_id     text COLLATE "C" NOT NULL,
    course_id     text COLLATE "C" NOT NULL,
    learner_id    text COLLATE "C" NOT NULL,
    enrollment_id text             NOT NULL,
    status        text COLLATE "C" NOT NULL,
    sequence      bigint           NOT NULL,
    since         timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, course_id, learner_id)
);
CREATE INDEX enrollments_in_line ON enrollments (tenant_id, course_id, sequence) WHERE status = 'waitlisted';

CREATE TABLE outbox (
    tenant_id     text COLLATE "C" NOT NULL,
    course_id     text COLLATE "C" NOT NULL,
    sequence      bigint           NOT NULL,
    event_id      text             NOT NULL,
    type          text             NOT NULL,
    learner_id    text             NOT NULL,
    enrollment_id text             NOT NULL,
    occurred_at   timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, course_id, sequence)
);

CREATE TABLE replies (
    tenant_id  text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    request    text             NOT NULL,
    status     bigint           NOT NULL,
    body       bytea            NOT NULL,
    replied_at timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
