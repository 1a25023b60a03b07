-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
    IF to_regrole('roster_relay') IS NULL THEN
        CREATE ROLE roster_relay NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- roles are the server's: somebody else who migrates was quicker
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'the role roster_relay is missing, and %s may not create it; have an administrator run: CREATE ROLE roster_relay;',
            current_user);
END
$$;
-- +goose StatementEnd

-- How far each course's journal has been published, and how far it is a snapshot. A missing row means not at all: courses
-- that were there before are published from their first entry on. Rows are replaced as often as the courses'.
CREATE TABLE outbox (
    tenant_id text COLLATE "C" NOT NULL,
    course_id text COLLATE "C" NOT NULL,
    published bigint           NOT NULL,
    purged    bigint           NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) WITH (fillfactor = 50);

CREATE TABLE dead_letters (
    tenant_id  text COLLATE "C" NOT NULL,
    letter_id  text COLLATE "C" NOT NULL,
    subject    text COLLATE "C" NOT NULL,
    role       text             NOT NULL,
    key        text             NOT NULL,
    learner_id text COLLATE "C",
    body       bytea            NOT NULL,
    reason     text             NOT NULL,
    detail     text             NOT NULL,
    tries      bigint           NOT NULL,
    buried_at  timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, letter_id)
);

ALTER TABLE journal ADD COLUMN trace text;

-- Serve takes marks of publication back, and keeps letters until they are done with; none changes hands.
GRANT SELECT, UPDATE (published) ON outbox TO roster_serve;
GRANT SELECT, INSERT, DELETE,
    UPDATE (subject, role, key, learner_id, body, reason, detail, tries, buried_at) ON dead_letters TO roster_serve;

-- Read learns how far a journal is a snapshot.
GRANT SELECT ON outbox TO roster_read;

-- The relay sees what happened and how far that is published, and alone removes of the journal.
GRANT SELECT, DELETE ON journal TO roster_relay;
GRANT SELECT (tenant_id, course_id, sequence) ON courses TO roster_relay;
GRANT SELECT, INSERT, UPDATE (published, purged) ON outbox TO roster_relay;
GRANT SELECT ON goose_db_version TO roster_relay;

ALTER TABLE outbox       ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE dead_letters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON outbox       USING (tenant_id = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY tenant ON dead_letters USING (tenant_id = nullif(current_setting('app.tenant', true), ''));

-- As with upkeep: a member sees all tenants only where he has taken the role on.
CREATE POLICY relay ON courses TO roster_relay USING (current_user = 'roster_relay');
CREATE POLICY relay ON journal TO roster_relay USING (current_user = 'roster_relay');
CREATE POLICY relay ON outbox  TO roster_relay USING (current_user = 'roster_relay');

-- +goose Down
DROP POLICY relay ON courses;
DROP POLICY relay ON journal;
ALTER TABLE journal DROP COLUMN trace;
DROP TABLE outbox, dead_letters;
REVOKE ALL ON courses, journal, goose_db_version FROM roster_relay;
