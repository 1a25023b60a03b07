package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/roster/ports"
)

// An Inspection is what a user finds out about a server, and about themself.
type Inspection struct {
	Server string // its version
	User   string
	Exempt bool     // from row-level security, which keeps tenants apart
	Lacks  []string // the roles that serve takes and this user may not take
	// Clock is the server's time at a moment between the two of this machine's clock.
	Asked, Clock, Answered time.Time
}

// inspection asks for the fields of an [Inspection]. The owner of the tables does not need roster_serve, because an owner may do what that
// role may. Since PostgreSQL 16, not every member of a role may set it: by default, the user who created the role may not.
const inspection = `
SELECT current_setting('server_version'), current_user, rolsuper OR rolbypassrls,
	coalesce(array_to_string(ARRAY(SELECT r FROM unnest(ARRAY['roster_serve', 'roster_relay', 'roster_upkeep']) r
		WHERE NOT CASE WHEN to_regrole(r) IS NULL THEN false
			WHEN r = 'roster_serve' THEN pg_has_role(r, 'USAGE') OR coalesce(pg_has_role((SELECT relowner FROM pg_class WHERE oid = to_regclass('courses')), 'USAGE'), false)
			ELSE pg_has_role(r, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) END), ' '), ''), clock_timestamp()
FROM pg_roles WHERE rolname = current_user`

// Inspect connects to the database at a URL as its user, and changes nothing.
func Inspect(ctx context.Context, url string) (found Inspection, err error) {
	config, err := parse(url)
	if err != nil {
		return found, err
	}
	db := pool(connector(config, new(generation)), 1)
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return found, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	var lacks string
	found.Asked = time.Now()
	err = db.DB.QueryRowContext(ctx, inspection).Scan(&found.Server, &found.User, &found.Exempt, &lacks, &found.Clock)
	if err != nil {
		return found, fmt.Errorf("postgres: %w: %v", ports.ErrUnavailable, err)
	}
	found.Lacks, found.Answered = strings.Fields(lacks), time.Now()
	return found, nil
}
