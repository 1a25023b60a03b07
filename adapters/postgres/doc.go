// Package postgres is a [ports.Store] in a PostgreSQL database, which many processes may share.
//
// # Who may do what
//
// Row-level security keeps tenants apart: a transaction sees the rows of the tenant that it names in its first message, and
// none where it names none. A statement that forgot to say whose rows it wants would find nothing, not everything.
// PostgreSQL asks nobody who is a superuser or has BYPASSRLS; so no user of the service should be.
//
// [Migrate] needs a user who may create tables. The tables are his, and row-level security holds for him, too. Where they
// are missing, it makes four roles. They are the server's, shared by its databases, and nobody logs in as one:
//
//   - roster_serve may do what the service does: no table can be changed by it, no course or event removed.
//   - roster_read may read courses, standings and journals.
//   - roster_upkeep may see when replies were kept, of all tenants, and remove them; it sees nothing else.
//   - roster_relay may see the journals of all tenants, mark what is published, and remove entries that were overtaken; it
//     sees no standing, no reply and no dead letter.
//
// An administrator, once, where the migrating user has no CREATEROLE (Migrate then fails and says so):
//
//	CREATE ROLE roster_serve; CREATE ROLE roster_read; CREATE ROLE roster_upkeep; CREATE ROLE roster_relay;
//
// and, after the first migration, for the users that the service logs in as:
//
//	CREATE USER roster_app LOGIN PASSWORD '…';      -- --database-url
//	GRANT roster_serve, roster_upkeep, roster_relay TO roster_app;
//	CREATE USER roster_queries LOGIN PASSWORD '…';  -- --database-read-url
//	GRANT roster_read TO roster_queries;
//
// Expiry takes on roster_upkeep inside its transaction, relay and purge take on roster_relay; whoever runs them must be a
// member, else they fail. Membership alone shows nothing: the policies ask for the role that is taken on, which a member
// has not by inheriting.
//
// # Sessions
//
// A turn ([Store.WithLock]) is a lock of its session, on which it listens, too. So --database-url must lead to the
// server itself, or through a pooler that gives each connection a session of its own; one that pools transactions will not
// do. Updates have their statements prepared in a session, too. Everything else needs transactions only.
//
// # Migrations that touch rows
//
// They run as the owner of the tables, for whom row-level security holds. They take FORCE off, and put it back, in their
// own transaction:
//
//	ALTER TABLE standings NO FORCE ROW LEVEL SECURITY;
//	UPDATE standings …;
//	ALTER TABLE standings FORCE ROW LEVEL SECURITY;
//
// The lock that the first line takes keeps everybody else out until the last.
package postgres
