-- A record has 1,000 entries at most, since the relay holds it in memory, and sends it again as a whole.

-- +goose Up
DROP TRIGGER unpublished_insert;
DROP TRIGGER unpublished_update;
-- +goose StatementBegin
CREATE TRIGGER unpublished_insert AFTER INSERT ON courses WHEN new.sequence > 0 AND new.announced IS NOT new.sequence
BEGIN
    INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
    WITH RECURSIVE part (first) AS (SELECT 1 UNION ALL SELECT first + 1000 FROM part WHERE first + 1000 <= new.sequence)
    SELECT new.tenant_id, first || ' ' || min(first + 999, new.sequence) || ' ' || new.course_id || char(10), min(first + 999, new.sequence) - first + 1,
        strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')
    FROM part;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER unpublished_update AFTER UPDATE ON courses WHEN new.sequence > old.sequence AND new.announced IS NOT new.sequence
BEGIN
    INSERT INTO unpublished (tenant_id, spans, events, occurred_at)
    WITH RECURSIVE part (first) AS (SELECT old.sequence + 1 UNION ALL SELECT first + 1000 FROM part WHERE first + 1000 <= new.sequence)
    SELECT new.tenant_id, first || ' ' || min(first + 999, new.sequence) || ' ' || new.course_id || char(10), min(first + 999, new.sequence) - first + 1,
        strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')
    FROM part;
END;
-- +goose StatementEnd

-- The first longer record, and all after it, get new ids in their order. What version 6 or a trigger has made has no entry_id, one span and
-- no gap. The events of a part are what is left from its first one on.
CREATE TABLE moved AS
WITH RECURSIVE part (id, tenant_id, spans, events, entry_id, occurred_at, republication, first) AS (
    SELECT id, tenant_id, spans, events, entry_id, occurred_at, republication, CAST(spans AS INTEGER)
    FROM unpublished WHERE id >= (SELECT min(id) FROM unpublished WHERE events > 1000 AND entry_id = '' AND NOT republication)
    UNION ALL
    SELECT id, tenant_id, spans, events - 1000, entry_id, occurred_at, republication, first + 1000
    FROM part WHERE events > 1000 AND entry_id = '' AND NOT republication
)
SELECT * FROM part;
DELETE FROM unpublished WHERE id IN (SELECT id FROM moved);
INSERT INTO unpublished (tenant_id, spans, events, entry_id, occurred_at, republication)
SELECT tenant_id, spans, events, entry_id, occurred_at, republication FROM (
    SELECT id, first, tenant_id, spans, events, entry_id, occurred_at, republication FROM moved WHERE entry_id <> '' OR republication
    UNION ALL
    SELECT id, first, tenant_id,
        first || ' ' || (first + min(events, 1000) - 1) || substr(spans, instr(spans, ' ') + instr(substr(spans, instr(spans, ' ') + 1), ' ')),
        min(events, 1000), entry_id, occurred_at, republication
    FROM moved WHERE entry_id = '' AND NOT republication
)
ORDER BY id, first;
DROP TABLE moved;

-- +goose Down
SELECT 'version 6 reads these records, too';
