-- What is unpublished is found by rows that exist only while it is. A row is written by each transaction that appends to journals.

-- +goose Up
-- A row lives for a moment: vacuum often, so that reading the first ones does not pass many dead ones.
CREATE TABLE unpublished (
    id            bigint           GENERATED ALWAYS AS IDENTITY,
    tenant_id     text COLLATE "C" NOT NULL,
    spans         text COLLATE "C" NOT NULL,
    events        bigint           NOT NULL,
    entry_id      text             NOT NULL DEFAULT '',
    occurred_at   timestamptz      NOT NULL,
    republication boolean          NOT NULL DEFAULT false,
    PRIMARY KEY (id, tenant_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_threshold = 5000);

-- At most one row.
CREATE TABLE last_published (
    singleton   boolean          PRIMARY KEY CHECK (singleton),
    tenant_id   text COLLATE "C" NOT NULL,
    course_id   text COLLATE "C" NOT NULL,
    sequence    bigint           NOT NULL,
    entry_id    text             NOT NULL,
    occurred_at timestamptz      NOT NULL
);

GRANT SELECT, INSERT, DELETE ON unpublished TO roster_serve;
GRANT SELECT, DELETE ON unpublished TO roster_relay;
GRANT SELECT, INSERT, UPDATE ON last_published TO roster_relay;

ALTER TABLE unpublished    ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE last_published ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON unpublished    USING (tenant_id = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY relay  ON unpublished    TO roster_relay USING (current_user = 'roster_relay');
CREATE POLICY relay  ON last_published TO roster_relay USING (current_user = 'roster_relay');

-- A writer that adds the rows itself says so by this column. For any other, such as a process of an earlier version, a COPY or a restore, a
-- trigger does it.
ALTER TABLE courses ADD COLUMN announced bigint;

-- +goose StatementBegin
CREATE FUNCTION add_unpublished() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first bigint := 1;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        first := OLD.sequence + 1;
    END IF;
    INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
    SELECT NEW.tenant_id, f || ' ' || least(f + 999, NEW.sequence) || ' ' || NEW.course_id || chr(10), least(f + 999, NEW.sequence) - f + 1, now()
    FROM generate_series(first, NEW.sequence, 1000) AS f;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER unpublished_insert AFTER INSERT ON courses FOR EACH ROW
    WHEN (NEW.sequence > 0 AND NEW.announced IS DISTINCT FROM NEW.sequence) EXECUTE FUNCTION add_unpublished();
CREATE TRIGGER unpublished_update AFTER UPDATE ON courses FOR EACH ROW
    WHEN (NEW.sequence > OLD.sequence AND NEW.announced IS DISTINCT FROM NEW.sequence) EXECUTE FUNCTION add_unpublished();

-- What is unpublished today.
ALTER TABLE courses NO FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
ALTER TABLE unpublished NO FORCE ROW LEVEL SECURITY;
INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
SELECT c.tenant_id, f || ' ' || least(f + 999, c.sequence) || ' ' || c.course_id || chr(10), least(f + 999, c.sequence) - f + 1, now()
FROM courses AS c
LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id
CROSS JOIN LATERAL generate_series(coalesce(o.published, 0) + 1, c.sequence, 1000) AS f
ORDER BY c.tenant_id, c.course_id, f;
ALTER TABLE courses FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE unpublished FORCE ROW LEVEL SECURITY;

-- +goose Down
DROP TRIGGER unpublished_insert ON courses;
DROP TRIGGER unpublished_update ON courses;
DROP FUNCTION add_unpublished;
ALTER TABLE courses DROP COLUMN announced;
DROP TABLE unpublished, last_published;
