package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"example.com/roster/adapters/internal/sqlstore"
)

// What the server answers says whether to retry, and whether a COMMIT may have taken place.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, code, constraint string
		want                   sqlstore.Fault
	}{
		{"deadlock", "40P01", "", sqlstore.Conflict},
		{"a course that another transaction has created", "23505", "courses_pkey", sqlstore.Conflict},
		{"another key", "23505", "standings_pkey", sqlstore.Broken},
		{"shutdown", "57P01", "", sqlstore.Lost},
		{"idle_in_transaction_session_timeout, which each session has", "25P03", "", sqlstore.Lost},
		{"transaction_timeout, which a server may have", "25P04", "", sqlstore.Lost},
		{"read-only", "25006", "", sqlstore.Unavailable},
		{"disk full", "53100", "", sqlstore.Unavailable},
		{"syntax", "42601", "", sqlstore.Broken},
	} {
		if got := faultOf(&pgconn.PgError{Code: c.code, ConstraintName: c.constraint}); got != c.want {
			t.Errorf("%s: got %d, want %d", c.what, got, c.want)
		}
	}
}
