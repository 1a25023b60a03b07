-- Row-level security keeps tenants apart, whatever a statement asks for: a transaction sees the rows of the tenant that it
-- has set, and none before. It holds for the tables' owner, too (FORCE), so a later migration that touches rows must take
-- NO FORCE ROW LEVEL SECURITY off its tables and put FORCE back, in its one transaction. doc.go of package postgres says
-- who is granted which role.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY['roster_serve', 'roster_read', 'roster_upkeep'] LOOP
        CONTINUE WHEN to_regrole(missing) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', missing);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL; -- roles are the server's: somebody else who migrates was quicker
            WHEN insufficient_privilege THEN
                RAISE insufficient_privilege USING MESSAGE = format(
                    'the role %s is missing, and %s may not create it; have an administrator run: CREATE ROLE roster_serve; '
                    'CREATE ROLE roster_read; CREATE ROLE roster_upkeep;', missing, current_user);
        END;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- Serve writes. It removes nothing but replies, and rewrites of the journal only who a learner was.
GRANT SELECT, INSERT, UPDATE ON courses, standings TO roster_serve;
GRANT SELECT, INSERT, UPDATE (learner_id) ON journal TO roster_serve;
GRANT SELECT, INSERT, UPDATE (outcomes), DELETE ON replies TO roster_serve;

-- Read never needs a reply.
GRANT SELECT ON courses, standings, journal TO roster_read;

-- Upkeep learns which keys are old, and not what was replied.
GRANT SELECT (tenant_id, subject, name, replied_at), DELETE ON replies TO roster_upkeep;

-- All look whether the tables are of their version.
GRANT SELECT ON goose_db_version TO roster_serve, roster_read, roster_upkeep;

ALTER TABLE courses   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE standings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE journal   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE replies   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- A setting that was made for a transaction is empty in the next, not absent: no tenant either way.
CREATE POLICY tenant ON courses   USING (tenant_id = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY tenant ON standings USING (tenant_id = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY tenant ON journal   USING (tenant_id = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY tenant ON replies   USING (tenant_id = nullif(current_setting('app.tenant', true), ''));

-- A member inherits a role's policies, and would always see all tenants; so it counts only for who has taken the role on.
CREATE POLICY upkeep ON replies TO roster_upkeep USING (current_user = 'roster_upkeep');

-- Replies expire by their time.
CREATE INDEX replies_by_time ON replies (replied_at);

-- +goose Down
DROP INDEX replies_by_time;
DROP POLICY upkeep ON replies;
DROP POLICY tenant ON courses;
DROP POLICY tenant ON standings;
DROP POLICY tenant ON journal;
DROP POLICY tenant ON replies;
ALTER TABLE courses   NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE standings NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE journal   NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE replies   NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON courses, standings, journal, replies, goose_db_version FROM roster_serve, roster_read, roster_upkeep;
