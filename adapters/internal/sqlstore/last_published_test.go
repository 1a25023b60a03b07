package sqlstore_test

import (
	"slices"
	"testing"

	"example.com/roster/adapters/postgres"
	"example.com/roster/adapters/postgres/pgtest"
)

// What was published last is of no tenant: only the role of the relay sees it. Each table with row security is tried here or above.
func TestLastPublishedIsOfTheRelay(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, postgres.Migrate)
	all := users(t, url)
	const insert = "INSERT INTO last_published (singleton, tenant_id, course_id, sequence, entry_id, occurred_at) " +
		"VALUES (true, 'own', 'c', 1, 'e', now())"
	relay := all[slices.IndexFunc(all, func(u *user) bool { return u.all && u.name == "roster_relay" })]
	_, err := relay.conn.PgConn().Exec(t.Context(), "BEGIN; "+relay.setRole+"; "+insert+"; COMMIT").ReadAll()
	must(t, err)
	for _, u := range all {
		sees, inserts, deletes := refused, refused, refused
		switch {
		case u == relay:
			sees, inserts = "1", "1"
		case u.name == relay.name: // a member
			sees = "0"
		case u.name == "owner":
			sees, deletes = "0", "0"
		}
		for statement, want := range map[string]string{
			"SELECT * FROM last_published":                                 sees,
			"UPDATE last_published SET sequence = 2":                       sees,
			insert + " ON CONFLICT (singleton) DO UPDATE SET sequence = 2": inserts,
			"DELETE FROM last_published":                                   deletes,
		} {
			got, err := u.try(t.Context(), "own", statement)
			must(t, err)
			if got != want {
				t.Errorf("%s%s: %s: %s, want %s", u.name, u.setRole, statement, got, want)
			}
		}
	}
	tried := []string{"last_published"}
	for _, table := range tables {
		tried = append(tried, table.name)
	}
	var others []string
	const untried = "SELECT array_agg(relname::text) FROM pg_class WHERE relrowsecurity AND relname <> ALL ($1)"
	must(t, all[0].conn.QueryRow(t.Context(), untried, tried).Scan(&others))
	if len(others) > 0 {
		t.Errorf("%q have row security, and are not tried", others)
	}
}
