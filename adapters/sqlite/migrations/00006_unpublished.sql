-- What is unpublished is found by rows that exist only while it is. A row is written by each transaction that appends to journals.

-- +goose Up
CREATE TABLE unpublished (
    id            INTEGER   PRIMARY KEY AUTOINCREMENT,
    tenant_id     TEXT      NOT NULL,
    spans         TEXT      NOT NULL,
    events        INTEGER   NOT NULL,
    entry_id      TEXT      NOT NULL DEFAULT '',
    occurred_at   TIMESTAMP NOT NULL,
    republication BOOLEAN   NOT NULL DEFAULT FALSE
);

-- At most one row.
CREATE TABLE last_published (
    singleton   BOOLEAN   PRIMARY KEY CHECK (singleton),
    tenant_id   TEXT      NOT NULL,
    course_id   TEXT      NOT NULL,
    sequence    INTEGER   NOT NULL,
    entry_id    TEXT      NOT NULL,
    occurred_at TIMESTAMP NOT NULL
) WITHOUT ROWID;

-- A writer that adds the rows itself says so by this column. For any other, such as a process of an earlier version or a script, a trigger
-- does it.
ALTER TABLE courses ADD COLUMN announced INTEGER;

-- +goose StatementBegin
CREATE TRIGGER unpublished_insert AFTER INSERT ON courses WHEN new.sequence > 0 AND new.announced IS NOT new.sequence
BEGIN
    INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
    VALUES (new.tenant_id, '1 ' || new.sequence || ' ' || new.course_id || char(10), new.sequence, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER unpublished_update AFTER UPDATE ON courses WHEN new.sequence > old.sequence AND new.announced IS NOT new.sequence
BEGIN
    INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
    VALUES (new.tenant_id, (old.sequence + 1) || ' ' || new.sequence || ' ' || new.course_id || char(10), new.sequence - old.sequence,
        strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'));
END;
-- +goose StatementEnd

-- What is unpublished today.
INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
SELECT c.tenant_id, (coalesce(o.published, 0) + 1) || ' ' || c.sequence || ' ' || c.course_id || char(10), c.sequence - coalesce(o.published, 0),
    strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')
FROM courses AS c LEFT JOIN outbox AS o ON o.tenant_id = c.tenant_id AND o.course_id = c.course_id
WHERE c.sequence > coalesce(o.published, 0)
ORDER BY c.tenant_id, c.course_id;

-- +goose Down
DROP TRIGGER unpublished_insert;
DROP TRIGGER unpublished_update;
ALTER TABLE courses DROP COLUMN announced;
DROP TABLE unpublished;
DROP TABLE last_published;
